// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.model;

/**
 * When the sender wants to be told about one recipient (RFC 3461 section 4.1).
 *
 * @param given   whether the client said NOTIFY at all; without it failure and delay are reported
 * @param success NOTIFY=SUCCESS
 * @param failure NOTIFY=FAILURE
 * @param delay   NOTIFY=DELAY
 */
public record Notify(boolean given, boolean success, boolean failure, boolean delay) {

    /** The client said nothing. */
    public static final Notify DEFAULT = new Notify(false, false, false, false);
    /** NOTIFY=NEVER. */
    public static final Notify NEVER = new Notify(true, false, false, false);

    public boolean isNever() {
        return given && !success && !failure && !delay;
    }

    public boolean wantsSuccess() {
        return success;
    }

    public boolean wantsFailure() {
        return !given || failure;
    }

    public boolean wantsDelay() {
        return !given || delay;
    }

    /** The value as MAIL and RCPT carry it, {@code NEVER} or a list; empty when not given. */
    @Override
    public String toString() {
        if (!given) {
            return "";
        }
        var out = new StringBuilder();
        append(out, success, "SUCCESS");
        append(out, failure, "FAILURE");
        append(out, delay, "DELAY");
        return out.isEmpty() ? "NEVER" : out.toString();
    }

    private static void append(StringBuilder out, boolean flag, String word) {
        if (flag) {
            out.append(out.isEmpty() ? "" : ",").append(word);
        }
    }
}
