// SPDX-License-Identifier: Apache-2.0
package org.ostler.bounce;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;

/**
 * One text of bounce(5): header and body, not expanded.
 *
 * @param origin            file name, or {@code [built-in]}
 * @param name              {@code failure}, {@code delay}, {@code success}, {@code verify}
 * @param postmasterSubject empty where the kind has no copies
 */
record Template(String origin, String name, String charset, String from, String subject, String postmasterSubject, List<String> body) {

    private static final Map<String, Duration> UNITS = Map.of("seconds", Duration.ofSeconds(1), "minutes", Duration.ofMinutes(1), "hours", Duration.ofHours(1),
            "days", Duration.ofDays(1), "weeks", Duration.ofDays(7));

    /** The body with parameters expanded; times also in the units that their suffix names. */
    List<String> expanded(Settings settings, MailLog log) {
        var layer = new HashMap<String, String>();
        times("delay_warning_time", settings.get(Lifetimes.WARNING), layer, log);
        times("maximal_queue_lifetime", settings.get(Lifetimes.LIFETIME), layer, log);
        Settings with = settings.with(layer);
        return body.stream().map(with::expand).toList();
    }

    private void times(String parameter, Duration value, Map<String, String> layer, MailLog log) {
        UNITS.forEach((unit, length) -> {
            String suffixed = parameter + "_" + unit;
            long number = value.dividedBy(length);
            layer.put(suffixed, Long.toString(number));
            if (number == 0 && body.stream().anyMatch(line -> line.contains("$" + suffixed) || line.contains("${" + suffixed) || line.contains("$(" + suffixed))) {
                log.warning(origin + ": zero result in " + name + " template conversion of parameter \"" + suffixed + "\"");
                log.warning("please reduce time unit \"" + unit + "\" of \"" + suffixed + "\" in " + name + " template");
                log.warning("for instructions see the bounce(5) manual");
            }
        });
    }
}
