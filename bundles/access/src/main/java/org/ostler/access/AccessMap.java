// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.util.Locale;
import org.ostler.mail.access.spi.RuleResult;
import org.ostler.mail.access.spi.RuleResult.Act;
import org.ostler.mail.access.spi.RuleResult.DeferIfPermit;
import org.ostler.mail.access.spi.RuleResult.DeferIfReject;
import org.ostler.mail.access.spi.RuleResult.Expand;
import org.ostler.mail.access.spi.RuleResult.Reject;
import org.ostler.mail.config.Settings;

/**
 * The right-hand sides of access(5): value of a table to what it asks for. Pure function.
 *
 * <p>{@code OK} and numbers permit; {@code REJECT}, {@code DEFER}, {@code 4NN}, {@code 5NN} refuse; {@code DEFER_IF_PERMIT}, {@code DEFER_IF_REJECT} keep in mind; {@code HOLD FILTER REDIRECT BCC
 * PREPEND DISCARD WARN INFO} are actions for the evaluator; anything else is a list of restrictions.
 */
final class AccessMap {

    private AccessMap() {}

    static RuleResult result(String value, Subject subject, Settings settings) {
        int end = 0;
        while (end < value.length() && !Character.isWhitespace(value.charAt(end))) {
            end++;
        }
        String word = value.substring(0, end).toUpperCase(Locale.ROOT);
        String text = value.substring(end).strip();
        return switch (word) {
            case "OK" -> RuleResult.PERMIT;
            case "DUNNO" -> RuleResult.DUNNO;
            case "REJECT" -> refuse(settings.get(AccessParameters.MAP_REJECT_CODE), "5.7.1", text, "Access denied", subject);
            case "DEFER" -> refuse(settings.get(AccessParameters.MAP_DEFER_CODE), "4.7.1", text, "Access denied", subject);
            case "DEFER_IF_PERMIT" ->
                    new DeferIfPermit(refuse(settings.get(AccessParameters.MAP_DEFER_CODE), "4.7.1", text, "Service unavailable", subject).reply());
            case "DEFER_IF_REJECT" ->
                    new DeferIfReject(refuse(settings.get(AccessParameters.MAP_DEFER_CODE), "4.7.1", text, "Service unavailable", subject).reply());
            case "HOLD", "FILTER", "REDIRECT", "BCC", "PREPEND", "DISCARD", "WARN", "INFO" -> new Act(word, text);
            default -> other(value, word, text, subject);
        };
    }

    private static RuleResult other(String value, String word, String text, Subject subject) {
        boolean number = !word.isEmpty() && word.chars().allMatch(c -> c >= '0' && c <= '9');
        if (number && word.length() == 3 && (word.charAt(0) == '4' || word.charAt(0) == '5') && !text.isEmpty()) {
            return refuse(Integer.parseInt(word), word.charAt(0) == '4' ? "4.7.1" : "5.7.1", text, "Access denied", subject);
        }
        return number && text.isEmpty() ? RuleResult.PERMIT : new Expand(value);
    }

    private static Reject refuse(int code, String status, String text, String otherwise, Subject subject) {
        Replies.Split split = Replies.Split.of(status, text);
        return new Reject(Replies.of(code, Replies.fit(split.status(), subject.kind()), subject.rejected(split.text().isEmpty() ? otherwise : split.text())));
    }
}
