// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What tables behind a network have answered to one question, for the same question asked again a moment later.
 *
 * <p>Whoever asks the same of many tables again and again ({@code trivial-rewrite}: where does this address lead) keeps one {@code Recall} for each question, for as long as he answers for, and asks {@linkplain #during within}
 * it. {@code lookup-core} then asks no network for a key twice. Tables in memory and in files on this machine are asked each time, so that nothing about them is ever out of date.
 *
 * <p>An answer belongs to the table as it was opened: one that is opened anew (its file has changed, its bundle was replaced, somebody reloads) is asked again. "Unavailable" is never kept.
 *
 * <p><b>Threads</b> any. <b>Bounded</b> {@value #MOST} answers of {@value #LONGEST} characters, for keys of as many. <b>Blocking</b> no. <b>Nulls</b> where it is said.
 */
public final class Recall {

    /** A question that makes more lookups than this is asked anew for the rest of them. */
    private static final int MOST = 50;

    /** For longer keys, and of longer values, in characters, it is asked each time. */
    private static final int LONGEST = 1_000;

    private static final ScopedValue<Recall> CURRENT = ScopedValue.newInstance();

    private record Place(Object table, String key) {}

    // Guarded by itself. Few have more than two or three.
    private final Map<Place, Answer> answers = new HashMap<>(4);

    /** The one within which this thread asks; null where it asks outside of any. */
    public static Recall current() {
        return CURRENT.isBound() ? CURRENT.get() : null;
    }

    /** Asks within this one, on this thread. */
    public <T> T during(Supplier<T> work) {
        return ScopedValue.where(CURRENT, this).call(work::get);
    }

    /**
     * For whoever provides tables.
     *
     * @param table stands for a table as it was opened, and is held for as long as this is: an object of the JDK's own, so that no bundle stays in memory for it
     * @return null where it is not known
     */
    public Answer find(Object table, String key) {
        synchronized (answers) {
            return answers.get(new Place(table, key));
        }
    }

    /** What {@link #find} will return, unless it is unavailable, or there is no room. */
    public void keep(Object table, String key, Answer answer) {
        if (answer instanceof Answer.Unavailable || key.length() > LONGEST || answer instanceof Answer.Found(String value) && value.length() > LONGEST) {
            return;
        }
        synchronized (answers) {
            if (answers.size() < MOST) {
                answers.put(new Place(table, key), answer);
            }
        }
    }

    /** Whether there is anything in it: only then it is worth keeping. */
    public boolean isEmpty() {
        synchronized (answers) {
            return answers.isEmpty();
        }
    }
}
