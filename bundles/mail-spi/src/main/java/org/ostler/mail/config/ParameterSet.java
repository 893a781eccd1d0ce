// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The parameters of one bundle: a class with a constant per parameter, listed in {@code META-INF/services/org.ostler.mail.config.ParameterSet} for postconf and
 * the coverage table, and registered as a service for the running server.
 *
 * <pre>{@code
 * public final class QmgrParameters extends ParameterSet {
 *     public static final Parameter<Duration> QUEUE_RUN_DELAY = time("queue_run_delay", "300s", """
 *         Time between scans of the deferred queue.""");
 * }
 * }</pre>
 */
public abstract class ParameterSet {

    /** All parameters of this class, in declaration order. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    public final List<Parameter<?>> all() {
        return (List) constants(Parameter.class);
    }

    /** All constants of this class that have a type, in declaration order: what stands beside the parameters and says more of them. */
    public final <T> List<T> constants(Class<T> type) {
        var all = new ArrayList<T>();
        for (Field field : getClass().getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getType() == type) {
                try {
                    field.setAccessible(true);
                    all.add(type.cast(field.get(null)));
                } catch (IllegalAccessException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        return all;
    }

    /**
     * What an operator should know about values that can each be read but are wrong as they are: a word that nobody knows, two values that contradict. Pure; asked of main.cf and of each row's
     * layer. None by default.
     */
    public List<Finding> check(Settings settings) {
        return List.of();
    }

    /**
     * @param parameter whose value it is
     * @param text      what is wrong
     * @param fatal     whether a server must not run with it; else it is a warning
     */
    public record Finding(String parameter, String text, boolean fatal) {}

    /**
     * How entries of the tables that a parameter names are checked, as far as an entry says itself that it is wrong; so that {@code check} finds before mail does what a lookup would. Pure. Empty where nothing here knows such
     * entries.
     */
    public Optional<EntryCheck> entryCheck(String parameter) {
        return Optional.empty();
    }

    /** Looks at one entry of a table. */
    @FunctionalInterface
    public interface EntryCheck {

        /** @return what is wrong; empty where nothing is */
        Optional<String> mistake(String key, String value);
    }

    /** One of a few words, compared as Postfix does: in lower case. */
    protected static Parameter<String> choice(String name, String defaultText, List<String> words, String prose) {
        return new Parameter<>(name, "text", defaultText, prose, text -> chosen(text, words));
    }

    /** Some of a few words. */
    protected static Parameter<List<String>> choices(String name, String defaultText, List<String> words, String prose) {
        return new Parameter<>(name, "list", defaultText, prose, text -> {
            List<String> list = Parameter.readList(text);
            list.forEach(word -> chosen(word, words));
            return list;
        });
    }

    private static String chosen(String text, List<String> words) {
        if (words.stream().noneMatch(text.strip()::equalsIgnoreCase)) {
            throw new IllegalArgumentException("unknown value \"" + text + "\" (known: " + String.join(", ", words.stream().filter(word -> !word.isEmpty()).toList()) + ")");
        }
        return text;
    }

    protected static Parameter<String> text(String name, String defaultText, String prose) {
        return new Parameter<>(name, "text", defaultText, prose, text -> text);
    }

    protected static Parameter<Boolean> yesNo(String name, String defaultText, String prose) {
        return new Parameter<>(name, "boolean", defaultText, prose, Parameter::readBoolean);
    }

    protected static Parameter<Integer> integer(String name, String defaultText, int least, String prose) {
        return integer(name, defaultText, least, Integer.MAX_VALUE, prose);
    }

    protected static Parameter<Integer> integer(String name, String defaultText, int least, int most, String prose) {
        return new Parameter<>(name, "integer", defaultText, prose, text -> Parameter.readInteger(text, least, most));
    }

    /** Bytes. */
    protected static Parameter<Long> size(String name, String defaultText, long least, String prose) {
        return new Parameter<>(name, "size", defaultText, prose, text -> Parameter.readLong(text, least));
    }

    /** A time; a bare number is in seconds. */
    protected static Parameter<Duration> time(String name, String defaultText, String prose) {
        return time(name, defaultText, 's', prose);
    }

    protected static Parameter<Duration> time(String name, String defaultText, char unit, String prose) {
        return new Parameter<>(name, "time", defaultText, prose, text -> Parameter.readTime(text, unit));
    }

    /** Words separated by blanks or commas, <code>{ }</code> quoting kept together. */
    protected static Parameter<List<String>> list(String name, String defaultText, String prose) {
        return new Parameter<>(name, "list", defaultText, prose, Parameter::readList);
    }
}
