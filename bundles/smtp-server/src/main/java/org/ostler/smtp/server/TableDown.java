// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

/** A table that decides what the client may do, or how its mail is treated, cannot answer. Neither yes nor no would be right; the client is told to come again. */
final class TableDown extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param what the parameter @param why the table's own words */
    TableDown(String what, String why) {
        super(what + ": " + why, null, false, false);
    }
}
