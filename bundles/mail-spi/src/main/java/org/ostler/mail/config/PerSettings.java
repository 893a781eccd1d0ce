// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.util.function.Function;

/**
 * Something computed once per {@link Settings}: parsed lists, opened tables, compiled restrictions.
 *
 * <p>Settings are immutable and a reload brings new ones, so what was computed from them stays right for as long as they are in use. The result is kept with the settings and goes with
 * them, even where it refers to them. A worker keeps one {@code PerSettings} per kind of thing and asks it at each call.
 *
 * <p><b>Threads</b> any; two threads that ask at once for the first time may both compute, one result wins. <b>Blocking</b> only what the function does.
 * <b>Errors</b> those of the function; nothing is remembered then.
 *
 * @param <T> what is computed
 */
public final class PerSettings<T> {

    private record Entry<T>(Settings settings, T value) {}

    /** How many answers are at hand without a lock: a server has few rows with settings of their own, and asks for the same ones over and over. */
    private static final int AT_HAND = 8;

    private final Function<Settings, T> compute;
    private volatile Entry<T>[] recent = entries(0);
    private volatile Object epoch = new Object();

    public PerSettings(Function<Settings, T> compute) {
        this.compute = compute;
    }

    public T of(Settings settings) {
        for (Entry<T> entry : recent) {
            if (entry.settings == settings) {
                return entry.value;
            }
        }
        Object key = epoch;
        @SuppressWarnings("unchecked")
        T known = (T) settings.attached(key);
        if (known == null) {
            T fresh = compute.apply(settings);
            @SuppressWarnings("unchecked")
            T winner = (T) settings.attach(key, fresh);
            known = winner;
        }
        keepAtHand(new Entry<>(settings, known), key);
        return known;
    }

    /** Newest first; the oldest goes. */
    private synchronized void keepAtHand(Entry<T> entry, Object key) {
        if (key != epoch) {
            return;
        }
        Entry<T>[] before = recent;
        Entry<T>[] after = entries(Math.min(AT_HAND, before.length + 1));
        after[0] = entry;
        System.arraycopy(before, 0, after, 1, after.length - 1);
        recent = after;
    }

    /** Forgets everything, for instance because a neighbour that took part in the computation was replaced. */
    public synchronized void clear() {
        epoch = new Object();
        recent = entries(0);
    }

    @SuppressWarnings("unchecked")
    private static <T> Entry<T>[] entries(int length) {
        return new Entry[length];
    }
}
