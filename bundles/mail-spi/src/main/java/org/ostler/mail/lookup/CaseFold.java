// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import java.nio.charset.StandardCharsets;

/**
 * Lower case for table keys, the same in the program that builds a table and in the one that asks it, and the same as in Postfix with {@code smtputf8_enable = yes}.
 *
 * <p>That is Unicode's full case folding, not the lower case of a language: {@code Straße} becomes {@code strasse} and every Greek sigma the same one. Pure function; an ASCII
 * text in lower case is returned as it is.
 */
public final class CaseFold {

    private CaseFold() {}

    public static String fold(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 'A' && c <= 'Z' || c >= 0x80) {
                return folded(text, i);
            }
        }
        return text;
    }

    /** The same of a text in UTF-8. One of ASCII is changed where it stands. */
    public static byte[] fold(byte[] text) {
        for (int i = 0; i < text.length; i++) {
            byte c = text[i];
            if (c < 0) {
                return fold(new String(text, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
            }
            if (c >= 'A' && c <= 'Z') {
                text[i] = (byte) (c + 32);
            }
        }
        return text;
    }

    private static String folded(String text, int from) {
        var out = new StringBuilder(text.length() + 4).append(text, 0, from);
        for (int i = from; i < text.length();) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (c < 0x80) {
                out.append((char) (c >= 'A' && c <= 'Z' ? c + 32 : c));
            } else if (c == 0x130) {
                // CaseFolding.txt, F: capital I with dot above
                out.append("i\u0307");
            } else if (c == 0x131) {
                // dotless i folds to itself; by way of the capital it would become i
                out.appendCodePoint(c);
            } else {
                Character.toString(c).toUpperCase(java.util.Locale.ROOT).codePoints().forEach(u -> out.appendCodePoint(Character.toLowerCase(u)));
            }
        }
        return out.toString();
    }
}
