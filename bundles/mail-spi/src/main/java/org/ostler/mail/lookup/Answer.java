// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

/** What a table says about one key. */
public sealed interface Answer {

    /** The value as stored; never empty: an empty value is a broken table, as in Postfix. */
    record Found(String value) implements Answer {
        public Found {
            if (value.isEmpty()) {
                throw new IllegalArgumentException("empty table value");
            }
        }
    }

    record NotFound() implements Answer {}

    /** Try again later. The reason goes to the log, never to the SMTP peer. */
    record Unavailable(String reason) implements Answer {}

    NotFound NOT_FOUND = new NotFound();

    static Answer found(String value) {
        return new Found(value);
    }

    static Answer unavailable(String reason) {
        return new Unavailable(reason);
    }
}
