// SPDX-License-Identifier: Apache-2.0
package org.ostler.sts;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What {@code https://mta-sts.DOMAIN/.well-known/mta-sts.txt} says (RFC 8461 section 3.2).
 *
 * <p>Fields that nobody knows are left aside, of fields that come twice the first counts, {@code mx} excepted. Empty lines, which the grammar does not have and web editors leave behind, are left aside too.
 *
 * @param mode   what failures mean
 * @param maxAge how long it holds from when it was fetched
 * @param mx     patterns, in lower case: a host name, or {@code *.example.org}
 * @param lines  as published, for reports
 */
record StsPolicy(Mode mode, Duration maxAge, List<String> mx, List<String> lines) {

    enum Mode { ENFORCE, TESTING, NONE }

    /** Why a text is no policy. */
    static final class InvalidException extends Exception {
        private static final long serialVersionUID = 1L;

        InvalidException(String message) {
            super(message);
        }
    }

    /** About one year: what a domain may ask for at most. */
    static final long MOST_SECONDS = 31_557_600;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,31}");
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,10}");
    private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    private static final Pattern MX = Pattern.compile("(?:\\*\\.)?" + LABEL + "(?:\\." + LABEL + ")*");
    private static final int LONGEST_NAME = 255;

    StsPolicy {
        mx = List.copyOf(mx);
        lines = List.copyOf(lines);
    }

    static StsPolicy parse(byte[] body) throws InvalidException {
        try {
            return parse(List.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString().split("\r?\n", -1)));
        } catch (CharacterCodingException _) {
            throw new InvalidException("not UTF-8");
        }
    }

    static StsPolicy parse(List<String> text) throws InvalidException {
        Map<String, String> once = new HashMap<>();
        var mx = new ArrayList<String>();
        var lines = new ArrayList<String>();
        for (String raw : text) {
            String line = withoutTrailingBlanks(raw);
            if (line.isEmpty()) {
                continue;
            }
            int colon = line.indexOf(':');
            String name = colon < 0 ? "" : line.substring(0, colon);
            String value = withoutLeadingBlanks(line.substring(colon + 1));
            if (!NAME.matcher(name).matches() || value.isEmpty() || value.chars().anyMatch(Character::isISOControl)) {
                throw new InvalidException("bad line \"" + brief(line) + "\"");
            }
            lines.add(line);
            if (name.equals("mx")) {
                mx.add(pattern(value));
            } else {
                once.putIfAbsent(name, value);
            }
        }
        return of(once, mx, lines);
    }

    private static StsPolicy of(Map<String, String> fields, List<String> mx, List<String> lines) throws InvalidException {
        if (!need(fields, "version").equals("STSv1")) {
            throw new InvalidException("unknown version \"" + brief(fields.get("version")) + "\"");
        }
        Mode mode = switch (need(fields, "mode")) {
            case "enforce" -> Mode.ENFORCE;
            case "testing" -> Mode.TESTING;
            case "none" -> Mode.NONE;
            default -> throw new InvalidException("unknown mode \"" + brief(fields.get("mode")) + "\"");
        };
        String seconds = need(fields, "max_age");
        if (!SECONDS.matcher(seconds).matches()) {
            throw new InvalidException("bad max_age \"" + brief(seconds) + "\"");
        }
        if (mx.isEmpty() && mode != Mode.NONE) {
            throw new InvalidException("no mx");
        }
        return new StsPolicy(mode, Duration.ofSeconds(Math.min(Long.parseLong(seconds), MOST_SECONDS)), mx, lines);
    }

    private static String need(Map<String, String> fields, String name) throws InvalidException {
        String value = fields.get(name);
        if (value == null) {
            throw new InvalidException("no " + name);
        }
        return value;
    }

    private static String pattern(String value) throws InvalidException {
        if (value.length() > LONGEST_NAME || !MX.matcher(value).matches()) {
            throw new InvalidException("bad mx \"" + brief(value) + "\"");
        }
        return value.toLowerCase(java.util.Locale.ROOT);
    }

    private static String brief(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "...";
    }

    private static String withoutTrailingBlanks(String text) {
        int end = text.length();
        while (end > 0 && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    private static String withoutLeadingBlanks(String text) {
        int start = 0;
        while (start < text.length() && isBlank(text.charAt(start))) {
            start++;
        }
        return text.substring(start);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
