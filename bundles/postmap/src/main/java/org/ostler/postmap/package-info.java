// SPDX-License-Identifier: Apache-2.0
/**
 * postmap(1) and postalias(1): build, change, list and query lookup tables.
 *
 * <p>A program calls {@link org.ostler.postmap.Postmap#run}. Read {@link org.ostler.postmap.Request} (the command line) next, then {@link org.ostler.postmap.Builder} and
 * {@link org.ostler.postmap.Querier}.
 *
 * <p><b>Invariant.</b> Texts and exit statuses are those of Postfix 3.12, held against recordings. A table is changed whole or not at all.
 */
@Export
@Version("1.0.0")
package org.ostler.postmap;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
