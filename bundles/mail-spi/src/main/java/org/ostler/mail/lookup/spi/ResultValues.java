// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

import java.util.Optional;
import java.util.function.Function;
import org.ostler.mail.lookup.Answer;

/**
 * Gathers the values of one lookup into one answer: each through the table's {@code result_format}, joined by commas, {@code expansion_limit} of them at most. Made by
 * {@link Templates.Result#values}.
 *
 * <h2>Diagnostics</h2>
 * Warning {@code table "ldap:NAME": empty lookup result for: "KEY" -- ignored}; the reason {@code NAME: Expansion limit exceeded for key: 'KEY'}.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> no. <b>Errors</b> a lookup that exceeds a limit is {@link Answer.Unavailable}: half a list of recipients would lose mail. <b>Nulls</b> none; what is NULL in a
 * database is no value.
 */
public final class ResultValues {

    /** Characters of one answer; far above any alias, far below what would fill the memory. */
    private static final int MAX_LENGTH = 1 << 24;

    private final TableSpec spec;
    private final String key;
    private final int limit;
    private final Function<String, Optional<String>> format;
    private final StringBuilder joined = new StringBuilder();
    private int count;
    private String failure = "";

    ResultValues(TableSpec spec, String key, int limit, Function<String, Optional<String>> format) {
        this.spec = spec;
        this.key = key;
        this.limit = limit;
        this.format = format;
    }

    /** @return false where a limit is exceeded: further values need not be fetched */
    public boolean add(String value) {
        if (!failure.isEmpty()) {
            return false;
        }
        if (value.isEmpty()) {
            spec.warnings().accept("table \"" + spec.text() + "\": empty lookup result for: \"" + key + "\" -- ignored");
            return true;
        }
        format.apply(value).ifPresent(this::append);
        return failure.isEmpty();
    }

    private void append(String text) {
        if (limit > 0 && ++count > limit) {
            failure = spec.name() + ": Expansion limit exceeded for key: '" + key + "'";
        } else if (joined.length() + text.length() >= MAX_LENGTH) {
            failure = spec.name() + ": result too long for key: '" + key + "'";
        } else {
            joined.append(joined.isEmpty() ? "" : ",").append(text);
        }
    }

    /** Found, NotFound where there was no value or none that the format takes, or Unavailable. */
    public Answer answer() {
        if (!failure.isEmpty()) {
            return Answer.unavailable(failure);
        }
        return joined.isEmpty() ? Answer.NOT_FOUND : Answer.found(joined.toString());
    }
}
