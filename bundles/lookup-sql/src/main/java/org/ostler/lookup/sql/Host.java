// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import org.ostler.mail.lookup.sql.SqlServer;

/**
 * One of the {@code hosts} of a table.
 *
 * @param shown as the operator wrote it, without password
 * @param rank  lower ones are asked before higher ones: sockets, then hosts, then URIs
 */
record Host(String shown, int rank, SqlServer server) {}
