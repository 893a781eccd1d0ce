// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.ostler.mail.model.Reply;

/** {@code smtpd_reject_footer}: help for humans behind each 4xx and 5xx reply. Pure functions. */
final class Footer {

    private static final DateTimeFormatter LOCALTIME = DateTimeFormatter.ofPattern("MMM dd HH:mm:ss", Locale.ROOT);

    private Footer() {}

    /**
     * @param template as configured; empty for none
     * @param names    values of $client_address and the like; $localtime is added
     */
    static Reply on(Reply reply, String template, Supplier<Map<String, String>> names) {
        if (template.isEmpty() || reply.isPositive()) {
            return reply;
        }
        boolean join = template.startsWith("\\c");
        String text = expand(join ? template.substring(2) : template, names.get());
        List<String> lines = new ArrayList<>(reply.lines());
        boolean first = join;
        for (String line : text.split("\\\\n")) {
            if (first) {
                lines.set(lines.size() - 1, lines.getLast() + line);
                first = false;
            } else {
                lines.add(line);
            }
        }
        return new Reply(reply.code(), reply.status(), lines);
    }

    private static String expand(String template, Map<String, String> names) {
        var out = new StringBuilder();
        for (int i = 0; i < template.length(); i++) {
            char c = template.charAt(i);
            if (c != '$') {
                out.append(c);
                continue;
            }
            boolean braces = i + 1 < template.length() && (template.charAt(i + 1) == '{' || template.charAt(i + 1) == '(');
            int start = braces ? i + 2 : i + 1;
            int end = start;
            while (end < template.length() && (Character.isLetterOrDigit(template.charAt(end)) || template.charAt(end) == '_')) {
                end++;
            }
            String name = template.substring(start, end);
            out.append(name.equals("localtime") ? LocalDateTime.now().format(LOCALTIME) : names.getOrDefault(name, ""));
            i = braces && end < template.length() ? end : end - 1;
        }
        return out.toString();
    }
}
