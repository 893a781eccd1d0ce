// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

/** A table cannot be opened; the message says file, line and reason in the words of an operator. */
public final class TableOpenException extends Exception {

    private static final long serialVersionUID = 1L;

    public TableOpenException(String message) {
        super(message);
    }

    public TableOpenException(String message, Throwable cause) {
        super(message, cause);
    }
}
