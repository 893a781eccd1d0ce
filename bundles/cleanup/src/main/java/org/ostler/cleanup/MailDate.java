// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Dates of headers (RFC 5322 section 3.3), with the zone's name as a comment as Postfix writes it. The last second is kept, because messages come many a second. */
final class MailDate {

    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss Z '('zzz')'", Locale.ROOT);

    private record Shown(long second, String text) {}

    private static volatile Shown last = new Shown(Long.MIN_VALUE, "");

    private MailDate() {}

    static String of(Instant when) {
        Shown shown = last;
        if (shown.second != when.getEpochSecond()) {
            shown = new Shown(when.getEpochSecond(), FORMAT.format(when.atZone(ZoneId.systemDefault())));
            last = shown;
        }
        return shown.text;
    }
}
