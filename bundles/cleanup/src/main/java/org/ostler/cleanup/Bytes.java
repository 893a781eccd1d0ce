// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import java.nio.charset.StandardCharsets;

/**
 * Header text travels as ISO-8859-1, a character per byte, so that what is not understood comes out as it went in. These convert what is UTF-8 in truth.
 */
final class Bytes {

    private Bytes() {}

    /** Proper text to header text. */
    static String asHeader(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0x7f) {
                return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            }
        }
        return text;
    }

    /** Header text to proper text. */
    static String asText(String header) {
        for (int i = 0; i < header.length(); i++) {
            if (header.charAt(i) > 0x7f) {
                return new String(header.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
            }
        }
        return header;
    }
}
