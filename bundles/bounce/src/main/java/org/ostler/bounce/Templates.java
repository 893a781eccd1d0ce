// SPDX-License-Identifier: Apache-2.0
package org.ostler.bounce;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ostler.mail.config.FileStamp;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;

/**
 * The texts of notifications: Postfix's own, or those of {@code bounce_template_file} (bounce(5)).
 *
 * <h2>Description</h2>
 * The file is read again when it has changed. A file that cannot be read, or a text in it that makes no sense, gives a warning; the built-in text is used: a
 * bounce must not fail for want of a nice wording.
 * <p><b>Threads</b> any. <b>Blocking</b> reads the file.
 */
final class Templates {

    private static final String SIGNED = "                   The mail system";
    private static final String HELLO = "This is the mail system at host $myhostname.";
    private static final List<String> HELP = List.of("", "For further assistance, please send mail to postmaster.", "",
            "If you do so, please include this problem report. You can", "delete your own text from the attached returned message.", "", SIGNED);

    private static final Map<String, Template> BUILT_IN = Map.of(
            "failure_template", builtIn("failure", "Undelivered Mail Returned to Sender", "Postmaster Copy: Undelivered Mail", with(HELP, HELLO, "",
                    "I'm sorry to have to inform you that your message could not", "be delivered to one or more recipients. It's attached below.")),
            "delay_template", builtIn("delay", "Delayed Mail (still being retried)", "Postmaster Warning: Delayed Mail", with(HELP, HELLO, "",
                    "####################################################################",
                    "# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #",
                    "####################################################################", "",
                    "Your message could not be delivered for more than $delay_warning_time_hours hour(s).",
                    "It will be retried until it is $maximal_queue_lifetime_days day(s) old.")),
            "success_template", builtIn("success", "Successful Mail Delivery Report", "", List.of(HELLO, "",
                    "Your message was successfully delivered to the destination(s)", "listed below. If the message was delivered to mailbox you will",
                    "receive no further notifications. Otherwise you may still receive", "notifications of mail delivery errors from other systems.", "", SIGNED)),
            "verify_template", builtIn("verify", "Mail Delivery Status Report", "", List.of(HELLO, "",
                    "Enclosed is the mail delivery report that you requested.", "", SIGNED)));

    private record Loaded(Path file, FileStamp stamp, Map<String, Template> templates) {}

    private volatile Loaded loaded = new Loaded(Path.of(""), FileStamp.NONE, BUILT_IN);

    private static List<String> with(List<String> end, String... begin) {
        var all = new ArrayList<>(List.of(begin));
        all.addAll(end);
        return List.copyOf(all);
    }

    private static Template builtIn(String name, String subject, String postmaster, List<String> body) {
        return new Template("[built-in]", name, "us-ascii", "", subject, postmaster, body);
    }

    /** The text of this name under these settings. */
    Template get(String name, Settings settings, MailLog log) {
        String file = settings.get(BounceParameters.TEMPLATE_FILE);
        return (file.isEmpty() ? BUILT_IN : load(Path.of(file), log)).get(name);
    }

    private Map<String, Template> load(Path file, MailLog log) {
        Loaded known = loaded;
        try {
            FileStamp stamp = FileStamp.read(file);
            if (!known.file.equals(file) || !known.stamp.equals(stamp)) {
                var all = new HashMap<>(BUILT_IN);
                all.putAll(parse(file.toString(), Files.readString(file, StandardCharsets.UTF_8), log));
                known = new Loaded(file, stamp, Map.copyOf(all));
                loaded = known;
            }
            return known.templates;
        } catch (IOException e) {
            log.warning("open " + file + ": " + e.getMessage() + "; using built-in templates");
            return BUILT_IN;
        }
    }

    /** Reads {@code name = <<EOF ... EOF} blocks. */
    static Map<String, Template> parse(String origin, String text, MailLog log) {
        var found = new HashMap<String, Template>();
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            int begin = line.indexOf("<<");
            int equals = line.indexOf('=');
            if (equals < 0 || begin < equals || !line.substring(equals + 1, begin).isBlank()) {
                log.warning(origin + ", line " + (i + 1) + ": missing '=<<' in \"" + line + "\" -- ignoring the rest of this file");
                return found;
            }
            String name = line.substring(0, equals).strip();
            String end = line.substring(begin + 2).strip();
            int from = i + 1;
            int last = from;
            while (last < lines.size() && !lines.get(last).strip().equals(end)) {
                last++;
            }
            if (last == lines.size()) {
                log.warning(origin + ", line " + (i + 1) + ": missing \"" + end + "\" end marker");
                return found;
            }
            if (BUILT_IN.containsKey(name)) {
                found.put(name, template(origin, BUILT_IN.get(name), lines.subList(from, last), from, log));
            } else {
                log.warning(origin + ", line " + (i + 1) + ": unknown template name: " + name + " -- ignoring this template");
            }
            i = last;
        }
        return found;
    }

    private static Template template(String origin, Template basis, List<String> lines, int first, MailLog log) {
        String charset = basis.charset();
        String from = basis.from();
        String subject = basis.subject();
        String postmaster = basis.postmasterSubject();
        int i = 0;
        for (; i < lines.size() && !lines.get(i).isBlank(); i++) {
            String line = lines.get(i);
            int colon = line.indexOf(':');
            String value = colon < 0 ? "" : line.substring(colon + 1).strip();
            switch (colon < 0 ? "" : line.substring(0, colon).strip().toLowerCase(Locale.ROOT)) {
                case "charset" -> charset = value;
                case "from" -> from = value;
                case "subject" -> subject = value;
                case "postmaster-subject" -> postmaster = value;
                default -> log.warning(origin + ", line " + (first + i + 1) + ": unknown " + basis.name() + " template header: " + line + " -- ignoring this header");
            }
        }
        List<String> body = i >= lines.size() ? basis.body() : List.copyOf(lines.subList(i + 1, lines.size()));
        return new Template(origin, basis.name(), charset, from, subject, postmaster, body);
    }
}
