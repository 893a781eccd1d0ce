// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The xtext encoding of ENVID, ORCPT and XCLIENT values (RFC 3461 section 4), and its Unicode sister of RFC 6533 section 3. Pure functions.
 */
public final class Xtext {

    private Xtext() {}

    /** {@code +}, {@code =}, blanks, control characters and everything outside US-ASCII become {@code +XX}. */
    public static String encode(String text) {
        var out = new StringBuilder(text.length());
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (b > ' ' && b < 0x7f && b != '+' && b != '=') {
                out.append((char) b);
            } else {
                out.append('+').append(HexFormat.of().withUpperCase().toHexDigits(b));
            }
        }
        return out.toString();
    }

    /** Empty where a {@code +} is not followed by two hexadecimal digits, or where the result is no UTF-8. */
    public static Optional<String> decode(String text) {
        if (text.indexOf('+') < 0) {
            return Optional.of(text);
        }
        var out = new ByteArrayOutputStream(text.length());
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != '+') {
                out.write(bytes[i]);
                continue;
            }
            if (i + 2 >= bytes.length || !HexFormat.isHexDigit(bytes[i + 1]) || !HexFormat.isHexDigit(bytes[i + 2])) {
                return Optional.empty();
            }
            out.write(HexFormat.fromHexDigit(bytes[i + 1]) << 4 | HexFormat.fromHexDigit(bytes[i + 2]));
            i += 2;
        }
        try {
            return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(out.toByteArray())).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** The {@code utf-8-addr-xtext} form: <code>\x{HEX}</code> for a character. Empty where a backslash begins nothing of that kind. */
    public static Optional<String> decodeUnicode(String text) {
        var out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) != '\\') {
                out.append(text.charAt(i));
                continue;
            }
            int close = text.indexOf('}', i);
            if (!text.startsWith("\\x{", i) || close < i + 4 || close > i + 9) {
                return Optional.empty();
            }
            try {
                int point = Integer.parseInt(text.substring(i + 3, close), 16);
                if (!Character.isValidCodePoint(point) || point >= 0xd800 && point <= 0xdfff || point == 0) {
                    return Optional.empty();
                }
                out.appendCodePoint(point);
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
            i = close;
        }
        return Optional.of(out.toString());
    }

    /** The opposite: <code>\x{HEX}</code> for backslash, {@code +}, {@code =}, blanks, control characters; and, where {@code ascii}, for all outside US-ASCII. */
    public static String encodeUnicode(String text, boolean ascii) {
        var out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            boolean plain = c > ' ' && c < 0x7f && c != '+' && c != '=' && c != '\\' || c > 0x9f && !ascii;
            if (plain) {
                out.appendCodePoint(c);
            } else {
                out.append("\\x{").append(Integer.toHexString(c).toUpperCase(java.util.Locale.ROOT)).append('}');
            }
        });
        return out.toString();
    }
}
