// SPDX-License-Identifier: Apache-2.0
package org.ostler.mime;

import java.io.IOException;

/**
 * Writes lines in quoted-printable (RFC 2045 section 6.7). A line may come in several pieces. Used by one filter.
 */
final class QuotedPrintable {

    /** Past this column a soft line break comes before the next character, as in Postfix; an encoded one still ends at column 75 with its {@code =} on 76. */
    private static final int BREAK_AFTER = 72;
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'};

    private final Output out;
    private int column;
    /** A blank at the end of a piece waits: it is encoded only where the line ends. */
    private int blank = -1;

    QuotedPrintable(Output out) {
        this.out = out;
    }

    void piece(byte[] bytes, int from, int to) throws IOException {
        for (int i = from; i < to; i++) {
            int b = bytes[i] & 0xff;
            if (blank >= 0) {
                plain(blank);
                blank = -1;
            }
            if (b == ' ' || b == '\t') {
                blank = b;
            } else if (b > 32 && b < 127 && b != '=') {
                plain(b);
            } else {
                encoded(b);
            }
        }
    }

    void endOfLine() throws IOException {
        endOfText();
        out.crlf();
        column = 0;
    }

    /** The last line of the message may lack its end. */
    void endOfText() throws IOException {
        if (blank >= 0) {
            encoded(blank);
            blank = -1;
        }
    }

    private void plain(int b) throws IOException {
        soften();
        out.put((byte) b);
        column++;
    }

    private void encoded(int b) throws IOException {
        soften();
        out.put((byte) '=');
        out.put(HEX[b >> 4]);
        out.put(HEX[b & 15]);
        column += 3;
    }

    private void soften() throws IOException {
        if (column > BREAK_AFTER) {
            out.put((byte) '=');
            out.crlf();
            column = 0;
        }
    }
}
