// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Tables asked one after the other, Postfix's {@code maps}.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> within the lookup deadline. <b>Errors</b> {@link Answer.Unavailable}. <b>Nulls</b> none; an empty key is never found.
 */
@ProviderType
public interface TableList {

    /** Whole key, folded to lower case by tables that fold. The first table that finds it wins; one that is unavailable ends the search. */
    Answer find(String key);

    /** Like {@link #find}, but tables of patterns (regexp, pcre, cidr, static...) are left out: for the partial keys of a search. */
    Answer findExact(String key);

    /** {@link #find} with one key after the other, until one is found or a table is unavailable. */
    default Answer findFirst(List<String> keys) {
        Answer answer = Answer.NOT_FOUND;
        for (int i = 0; i < keys.size() && answer instanceof Answer.NotFound; i++) {
            answer = find(keys.get(i));
        }
        return answer;
    }

    boolean isEmpty();

    /** The text it was opened from. */
    String text();
}
