// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One immutable set of parameters: what main.cf says, over the defaults, under the {@code -o} layer of a master.cf row.
 *
 * <p><b>Threads</b> any. Expanded texts and typed values are computed once and kept. <b>Errors</b> a value that cannot be read as its
 * parameter's type throws {@link BadValueException}; {@code config-maincf} reads every declared parameter once before a generation is published, so workers
 * never see that.
 *
 * <p>Expansion follows postconf(5): {@code $name}, <code>${name}</code>, <code>${name?text}</code>, <code>${name:text}</code>,
 * <code>${name?{x}:{y}}</code> and the relational forms; see {@link Expansion}.
 */
public final class Settings {

    private final Map<String, String> raw;
    private final Settings parent;
    private final Map<String, String> texts = new ConcurrentHashMap<>();
    private final Map<Parameter<?>, Object> values = new ConcurrentHashMap<>();

    /** What {@link PerSettings} computed from these settings; weak, so that a worker that has gone takes its results along. */
    private final Map<Object, Object> attached = Collections.synchronizedMap(new WeakHashMap<>());

    private Settings(Map<String, String> raw, Settings parent) {
        this.raw = Map.copyOf(raw);
        this.parent = parent;
    }

    /** Settings with the given unexpanded values over the defaults. */
    public static Settings of(Map<String, String> raw) {
        return new Settings(raw, null);
    }

    /** From main.cf text, for tests and tools; the same grammar as the file. */
    public static Settings parse(String mainCf) {
        var raw = new LinkedHashMap<String, String>();
        for (LogicalLines.Line line : LogicalLines.of(mainCf)) {
            int equals = line.text().indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException("line " + line.number() + ": missing '=' after attribute name: \"" + line.text() + "\"");
            }
            raw.put(line.text().substring(0, equals).strip(), line.text().substring(equals + 1).strip());
        }
        return of(raw);
    }

    /** These settings under another layer, such as the {@code -o} options of a master.cf row. */
    public Settings with(Map<String, String> layer) {
        return layer.isEmpty() ? this : new Settings(layer, this);
    }

    /** The unexpanded value where one is set explicitly, in this layer or below. */
    public Optional<String> explicit(String name) {
        for (Settings at = this; at != null; at = at.parent) {
            String value = at.raw.get(name);
            if (value != null) {
                return Optional.of(value);
            }
        }
        return Optional.empty();
    }

    public boolean isSet(String name) {
        return explicit(name).isPresent();
    }

    /** Names set explicitly in this layer. */
    public Set<String> names() {
        return raw.keySet();
    }

    /** The unexpanded value: explicit, else the default; empty text where nobody knows the name. */
    public String unexpanded(String name) {
        return explicit(name).or(() -> PostfixDefaults.of(name)).orElse("");
    }

    /** Whether the name is set or has a default. */
    public boolean isKnown(String name) {
        return isSet(name) || PostfixDefaults.of(name).isPresent();
    }

    /** Whether a parameter that another bundle declares is yes; one's own are read by {@link #get(Parameter)}, which knows a bad value from a no. */
    public boolean isYes(String name) {
        return text(name).strip().equalsIgnoreCase("yes");
    }

    /** Expanded value of any name. */
    public String text(String name) {
        String known = texts.get(name);
        if (known == null) {
            known = Expansion.expand(name, unexpanded(name), this::lookup);
            texts.put(name, known);
        }
        return known;
    }

    /** Expands the text of a value that is not itself a parameter, such as a restriction argument. */
    public String expand(String text) {
        return Expansion.expand("", text, this::lookup);
    }

    private Optional<String> lookup(String name) {
        return isKnown(name) ? Optional.of(unexpanded(name)) : Optional.empty();
    }

    /** Typed value of a declared parameter; computed once per generation. */
    @SuppressWarnings("unchecked")
    public <T> T get(Parameter<T> parameter) {
        Object known = values.get(parameter);
        if (known == null) {
            String text = isKnown(parameter.name()) ? text(parameter.name()) : expand(parameter.defaultText());
            known = parameter.read(text);
            values.put(parameter, known);
        }
        return (T) known;
    }

    /**
     * Typed value of a name made at run time, such as {@code smtp_destination_concurrency_limit}: its own value where it is set, else the one of {@code fallback}.
     */
    public <T> T get(String name, Parameter<T> fallback) {
        return isKnown(name) ? get(fallback.named(name)) : get(fallback);
    }

    Object attached(Object key) {
        return attached.get(key);
    }

    /** @return what is attached afterwards: the first one stays */
    Object attach(Object key, Object value) {
        Object before = attached.putIfAbsent(key, value);
        return before == null ? value : before;
    }
}
