// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.util.List;

/**
 * One conversation: a title and its steps; {@code queued} is what Postfix had in the queue afterwards (empty when not recorded
 * or when nothing was queued).
 */
public record Script(String title, List<Step> steps, List<Queued> queued) {

    public Script {
        steps = List.copyOf(steps);
        queued = List.copyOf(queued);
    }

    /** Parses the lines of one script, as in a Java text block. */
    public static Script parse(String text) {
        return ScriptParser.parse("script", text.lines().toList(), 1);
    }

    @Override
    public String toString() {
        return title;
    }
}
