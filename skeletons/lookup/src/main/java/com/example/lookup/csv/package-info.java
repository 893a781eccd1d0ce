// SPDX-License-Identifier: Apache-2.0
/**
 * Tables in files of {@code key,value} lines. Read first: {@link com.example.lookup.csv.CsvTable}. Nothing is exported; the server meets the class as a service.
 */
package com.example.lookup.csv;
