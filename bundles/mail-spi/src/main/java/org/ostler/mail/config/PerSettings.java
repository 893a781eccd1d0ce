// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Function;

/**
 * Something computed once per {@link Settings}: parsed lists, opened tables, compiled restrictions.
 *
 * <p>Settings are immutable and a reload brings new ones, so what was computed from them stays right for as long as they are in use; it is forgotten with
 * them. A worker keeps one {@code PerSettings} per kind of thing and asks it at each call.
 *
 * <p><b>Threads</b> any; two threads that ask at once for the first time may both compute, one result wins. <b>Blocking</b> only what the function does.
 * <b>Errors</b> those of the function; nothing is remembered then.
 *
 * @param <T> what is computed; where it holds on to its settings these live until {@link #clear}
 */
public final class PerSettings<T> {

    private record Entry<T>(Settings settings, T value) {}

    private final Function<Settings, T> compute;
    private final Map<Settings, T> known = new WeakHashMap<>();
    /** The answer given last: with one generation and few rows nearly every call ends here, without a lock. */
    private volatile Entry<T> last;

    public PerSettings(Function<Settings, T> compute) {
        this.compute = compute;
    }

    public T of(Settings settings) {
        Entry<T> recent = last;
        if (recent != null && recent.settings == settings) {
            return recent.value;
        }
        T value;
        synchronized (known) {
            value = known.get(settings);
        }
        if (value == null) {
            T fresh = compute.apply(settings);
            synchronized (known) {
                value = known.computeIfAbsent(settings, s -> fresh);
            }
        }
        last = new Entry<>(settings, value);
        return value;
    }

    /** Forgets everything, for instance because a neighbour that took part in the computation was replaced. */
    public void clear() {
        synchronized (known) {
            known.clear();
            last = null;
        }
    }
}
