// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * A key that came on standard input or on the command line.
 *
 * @param bytes  as it came, a character for each byte, up to a NUL: in Postfix a key is a C string
 * @param text   what tables are asked for: each byte that belongs to no character is U+FFFD, as for the header_checks of the server
 * @param isText whether there is no such byte
 */
record Key(String bytes, String text, boolean isText) {

    private static final char UNKNOWN = '\uFFFD';

    static Key of(String line) {
        int nul = line.indexOf('\0');
        String bytes = nul < 0 ? line : line.substring(0, nul);
        for (int i = 0; i < bytes.length(); i++) {
            if (bytes.charAt(i) > 0x7f) {
                return decoded(bytes);
            }
        }
        return new Key(bytes, bytes, true);
    }

    /** One of the command line, in the form that {@link Postmap#run} takes. */
    static Key given(String word) {
        var bytes = new ByteArrayOutputStream(word.length());
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            boolean whole = Character.isHighSurrogate(c) && i + 1 < word.length() && Character.isLowSurrogate(word.charAt(i + 1));
            if (!whole && c >= '\uDC80' && c <= '\uDCFF') {
                bytes.write(c & 0xff);
            } else {
                bytes.writeBytes(word.substring(i, whole ? i + 2 : i + 1).getBytes(StandardCharsets.UTF_8));
                i += whole ? 1 : 0;
            }
        }
        Key key = of(bytes.toString(StandardCharsets.ISO_8859_1));
        // That came from the system, which has kept nothing else.
        return word.indexOf(UNKNOWN) < 0 ? key : new Key(key.bytes(), key.text(), false);
    }

    private static Key decoded(String bytes) {
        CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1));
        CharBuffer out = CharBuffer.allocate(bytes.length());
        boolean isText = true;
        for (CoderResult result = utf8.decode(in, out, true); result.isError(); result = utf8.decode(in, out, true)) {
            isText = false;
            for (int i = 0; i < result.length(); i++) {
                in.get();
                out.put(UNKNOWN);
            }
        }
        return new Key(bytes, out.flip().toString(), isText);
    }

    /** One line for a warning. */
    static String shown(String text) {
        return text.replace(UNKNOWN, '?');
    }
}
