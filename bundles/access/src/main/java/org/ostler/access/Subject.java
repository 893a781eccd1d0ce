// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

/**
 * What a list talks about, as its replies name it: {@code <joe@example.org>: Recipient address rejected}.
 *
 * @param name what stands between the angle brackets
 * @param kind Postfix's words for it
 */
record Subject(String name, Kind kind) {

    enum Kind {
        CLIENT("Client host"), CERTIFICATE("Client certificate"), REVERSE_CLIENT("Unverified Client host"), HELO("Helo command"), SENDER("Sender address"), RECIPIENT("Recipient address"),
        DATA("Data command"), END_OF_DATA("End-of-data"), ETRN("Etrn command");

        private final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    /** {@code <x>: Recipient address}. */
    String text() {
        return "<" + name + ">: " + kind.words;
    }

    String rejected(String why) {
        return text() + " rejected: " + why;
    }
}
