// SPDX-License-Identifier: Apache-2.0
package org.ostler.mime;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What the headers of one part say of its content. Used by one filter. */
final class PartHeader {

    /** Kinds of content that are treated differently. */
    enum Kind { LEAF, MULTIPART, RFC822, GLOBAL, OTHER_MESSAGE }

    /** What the part may hold (Content-Transfer-Encoding). ENCODED is quoted-printable or base64. */
    enum Encoding { SEVEN, EIGHT, BINARY, ENCODED, UNKNOWN }

    private static final String TYPE = "content-type:";
    private static final String ENCODING = "content-transfer-encoding:";

    private final int boundaryLimit;
    private Kind kind;
    private Encoding encoding = Encoding.SEVEN;
    private byte[] boundary = new byte[0];
    private boolean digest;

    /** @param inDigest part of a multipart/digest, whose parts are messages unless they say otherwise (RFC 2046 section 5.1.5) */
    PartHeader(boolean inDigest, int boundaryLimit) {
        this.kind = inDigest ? Kind.RFC822 : Kind.LEAF;
        this.boundaryLimit = boundaryLimit;
    }

    Kind kind() {
        return kind;
    }

    boolean isEightBit() {
        return encoding == Encoding.EIGHT || encoding == Encoding.BINARY;
    }

    /** Whether the content stands there as it is, so that a nested message can be looked into. */
    boolean isIdentity() {
        return encoding == Encoding.SEVEN || isEightBit();
    }

    /** What an 8-bit part of this kind is for a 7-bit host. A message/global may be encoded as a whole, for its header may need it (RFC 6532 section 3.5). */
    boolean isEncodedWhole() {
        return kind == Kind.LEAF || kind == Kind.GLOBAL;
    }

    byte[] boundary() {
        return boundary;
    }

    boolean isDigest() {
        return digest;
    }

    /**
     * Reads one header, folded lines included.
     *
     * @return false where it announces 8-bit content, and so must not pass
     */
    boolean read(byte[] line, int length) {
        if (startsWith(line, length, ENCODING)) {
            String value = tokens(text(line, length).substring(ENCODING.length()));
            encoding = switch (value) {
                case "7bit" -> Encoding.SEVEN;
                case "8bit" -> Encoding.EIGHT;
                case "binary" -> Encoding.BINARY;
                case "quoted-printable", "base64" -> Encoding.ENCODED;
                default -> Encoding.UNKNOWN;
            };
            return !isEightBit();
        }
        if (startsWith(line, length, TYPE)) {
            type(text(line, length).substring(TYPE.length()));
        }
        return true;
    }

    private static String text(byte[] line, int length) {
        return new String(line, 0, length, StandardCharsets.ISO_8859_1);
    }

    static boolean startsWith(byte[] line, int length, String lower) {
        if (length < lower.length()) {
            return false;
        }
        for (int i = 0; i < lower.length(); i++) {
            int c = line[i];
            if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != lower.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private void type(String value) {
        String clean = withoutComments(value);
        int semicolon = clean.indexOf(';');
        String type = (semicolon < 0 ? clean : clean.substring(0, semicolon)).replaceAll("\\s", "").toLowerCase(Locale.ROOT);
        digest = type.equals("multipart/digest");
        if (type.startsWith("multipart/")) {
            kind = Kind.MULTIPART;
            boundary = parameter(clean, "boundary").map(b -> Arrays.copyOf(b.getBytes(StandardCharsets.ISO_8859_1), Math.min(b.length(), boundaryLimit))).orElse(new byte[0]);
        } else if (type.startsWith("message/")) {
            kind = switch (type) {
                case "message/rfc822" -> Kind.RFC822;
                case "message/global" -> Kind.GLOBAL;
                default -> Kind.OTHER_MESSAGE;
            };
        } else {
            kind = Kind.LEAF;
        }
    }

    private static String tokens(String value) {
        return withoutComments(value).strip().toLowerCase(Locale.ROOT);
    }

    /** RFC 5322 comments removed, quoted strings kept. */
    private static String withoutComments(String value) {
        if (value.indexOf('(') < 0) {
            return value;
        }
        var out = new StringBuilder(value.length());
        int depth = 0;
        boolean quoted = false;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\\' && i + 1 < value.length()) {
                if (depth == 0) {
                    out.append(c).append(value.charAt(i + 1));
                }
                i++;
            } else if (c == '"' && depth == 0) {
                quoted = !quoted;
                out.append(c);
            } else if (c == '(' && !quoted) {
                depth++;
            } else if (c == ')' && !quoted && depth > 0) {
                depth--;
            } else if (depth == 0) {
                out.append(c);
            }
        }
        return out.toString();
    }

    /** Value of a parameter, quotes removed. */
    private static Optional<String> parameter(String value, String name) {
        int at = value.indexOf(';');
        while (at >= 0) {
            int equals = value.indexOf('=', at);
            if (equals < 0) {
                return Optional.empty();
            }
            boolean match = value.substring(at + 1, equals).strip().equalsIgnoreCase(name);
            var text = new StringBuilder();
            int i = skipBlanks(value, equals + 1);
            if (i < value.length() && value.charAt(i) == '"') {
                for (i++; i < value.length() && value.charAt(i) != '"'; i++) {
                    if (value.charAt(i) == '\\' && i + 1 < value.length()) {
                        i++;
                    }
                    text.append(value.charAt(i));
                }
            } else {
                for (; i < value.length() && value.charAt(i) != ';' && !Character.isWhitespace(value.charAt(i)); i++) {
                    text.append(value.charAt(i));
                }
            }
            if (match && !text.isEmpty()) {
                return Optional.of(text.toString());
            }
            at = value.indexOf(';', i);
        }
        return Optional.empty();
    }

    private static int skipBlanks(String value, int from) {
        int i = from;
        while (i < value.length() && Character.isWhitespace(value.charAt(i))) {
            i++;
        }
        return i;
    }
}
