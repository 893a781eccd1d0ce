// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A declared parameter: name, type, default, prose. Declared once, as a constant in a {@link ParameterSet}.
 *
 * @param name        Postfix's name, or an Ostler one
 * @param type        for documentation: {@code boolean}, {@code integer}, {@code time}, {@code size}, {@code text}, {@code list}
 * @param defaultText as Postfix writes it; not expanded
 * @param prose       what an operator needs to know; units included
 * @param reader      expanded text to value; throws {@link IllegalArgumentException} with what is wrong
 */
public record Parameter<T>(String name, String type, String defaultText, String prose, Function<String, T> reader) {

    private static final Pattern TIME = Pattern.compile("(\\d{1,18})\\s*([smhdw]?)");

    /** The value of an expanded text; {@link BadValueException} in Postfix's words. */
    public T read(String text) {
        try {
            return reader.apply(text);
        } catch (BadValueException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new BadValueException(e.getMessage() + ": " + name + " = " + text);
        }
    }

    /** The same parameter under a name made at run time. */
    public Parameter<T> named(String other) {
        return new Parameter<>(other, type, defaultText, prose, reader);
    }

    // The reader takes part by identity: after the update of a bundle its new constant must not get a kept value of the old classes.
    @Override
    public boolean equals(Object other) {
        return other instanceof Parameter<?> p && p.reader == reader && p.name.equals(name) && p.type.equals(type);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    static boolean readBoolean(String text) {
        if (text.equalsIgnoreCase("yes")) {
            return true;
        }
        if (text.equalsIgnoreCase("no")) {
            return false;
        }
        throw new IllegalArgumentException("bad boolean configuration");
    }

    static int readInteger(String text, int least, int most) {
        int value;
        try {
            value = Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("bad numerical configuration");
        }
        return checkRange(value, least, most);
    }

    static long readLong(String text, long least) {
        try {
            long value = Long.parseLong(text.strip());
            if (value >= least) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("bad numerical configuration");
        }
        throw new IllegalArgumentException("invalid value (min " + least + ")");
    }

    private static int checkRange(int value, int least, int most) {
        if (value < least) {
            throw new IllegalArgumentException("invalid value (min " + least + ")");
        }
        if (value > most) {
            throw new IllegalArgumentException("invalid value (max " + most + ")");
        }
        return value;
    }

    /** {@code 5d}, {@code 300s}, or a bare number in {@code unit}. */
    static Duration readTime(String text, char unit) {
        Matcher m = TIME.matcher(text.strip());
        if (!m.matches()) {
            throw new IllegalArgumentException("bad time value or unit");
        }
        long number = Long.parseLong(m.group(1));
        char in = m.group(2).isEmpty() ? unit : m.group(2).charAt(0);
        try {
            return switch (in) {
                case 'm' -> Duration.ofMinutes(number);
                case 'h' -> Duration.ofHours(number);
                case 'd' -> Duration.ofDays(number);
                case 'w' -> Duration.ofDays(Math.multiplyExact(number, 7));
                default -> Duration.ofSeconds(number);
            };
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("bad time value or unit");
        }
    }

    static List<String> readList(String text) {
        return Lists.split(text);
    }
}
