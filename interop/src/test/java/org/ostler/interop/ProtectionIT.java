// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.tck.GoldenFile;

/**
 * Mail that meets tables which its programs may not ask for this: what Postfix made of it ({@code golden/protection}), and what Ostler does.
 *
 * <p>The same replies, and the same end of each delivery, but for what a rule with {@code $1} matches: there mail waits, where Postfix goes on without the rule and mail comes back.
 */
class ProtectionIT {

    private static final Pattern SETTING = Pattern.compile("(\\S+) =(.*)");
    private static final Pattern END = Pattern.compile("dsn=\\S+, status=\\w+ \\(.*\\)");

    private static Server server;
    private static Path tables;

    @BeforeAll
    static void start() {
        server = Server.plain("protection").set("mydestination", "example.test").set("queue_run_delay", "300s").set("minimal_backoff_time", "300s").set("maximal_backoff_time", "300s");
        settings(Map.of());
        server.start();
    }

    @AfterAll
    static void stop() throws Exception {
        Closing.all(server);
    }

    /** Those of the recordings that they all have, then {@code more}. */
    private static void settings(Map<String, String> more) {
        var all = new LinkedHashMap<>(Map.of("smtpd_reject_unlisted_recipient", "yes", "default_transport", "error:5.0.0 no route", "virtual_mailbox_domains", "box.example",
                "virtual_mailbox_maps", "inline:{fixed@box.example=fixed/}", "virtual_uid_maps", "", "alias_maps", "", "local_recipient_maps", "",
                "relayhost", ""));
        all.putAll(Map.of("transport_maps", "inline:{{example.org=discard:}}", "sender_dependent_default_transport_maps", "", "sender_dependent_relayhost_maps", ""));
        all.putAll(more);
        all.forEach(server::set);
    }

    private static void configure(GoldenFile recording, Map<String, String> more) throws Exception {
        // A file that was changed a moment ago is not taken yet at a reload, so each has its own.
        tables = server.directory(recording.name().replace('/', '-'));
        var settings = new LinkedHashMap<String, String>();
        for (GoldenFile.Section section : recording.sections()) {
            if (section.title().startsWith("file ")) {
                Files.writeString(tables.resolve(section.title().substring("file ".length())), fill(section.text()));
            }
        }
        Matcher setting = SETTING.matcher(fill(recording.text("settings")));
        while (setting.find()) {
            settings.put(setting.group(1), setting.group(2).strip());
        }
        settings.putAll(more);
        settings(settings);
        server.write();
        server.ostler("reload").ok();
    }

    private static String fill(String text) {
        return text.replace("{root}", tables.toString()).replaceAll("\\{(tcp|sock|mc)}", "1");
    }

    /** @param reply to RCPT. @param end of the delivery; empty where there was none */
    private record Fate(String reply, String end) {}

    private static Fate send(String sender, String recipient) throws Exception {
        try (var smtp = new Dialogue(server.port())) {
            smtp.say("EHLO client.example.test");
            smtp.say("MAIL FROM:<" + sender + ">");
            String reply = smtp.say("RCPT TO:<" + recipient + ">").strip();
            if (!reply.startsWith("250")) {
                return new Fate(reply, "");
            }
            smtp.say("DATA");
            String queued = smtp.say("Subject: x\r\n\r\nx\r\n.").strip();
            assertThat(queued).startsWith("250 ");
            String id = queued.substring(queued.lastIndexOf(' ') + 1);
            Pattern line = Pattern.compile(": " + id + ": to=<" + Pattern.quote(recipient) + ">.*");
            Eventually.waitFor(() -> line.matcher(server.log()).find(), () -> "nothing became of " + id + "; " + server.tail());
            Matcher found = line.matcher(server.log());
            assertThat(found.find()).isTrue();
            return new Fate(reply, end(found.group()));
        }
    }

    private static String end(String log) {
        Matcher end = END.matcher(log);
        return end.find() ? end.group().replaceFirst("forwarded as [\\w-]+", "forwarded as queue-id") : "";
    }

    @ParameterizedTest
    @ValueSource(strings = {"transport_maps-regexp", "transport_maps-unionmap-regexp", "transport_maps-proxy-regexp", "sender_dependent_default_transport_maps-pcre", "sender_dependent_relayhost_maps-regexp",
            "alias_maps-regexp", "virtual_mailbox_maps-regexp", "virtual_uid_maps-regexp"})
    void what_a_rule_with_a_substitution_matches_waits_and_the_rest_goes_as_in_Postfix(String name) throws Exception {
        GoldenFile recording = GoldenFile.load("protection/" + name);
        assertThat(recording.all("log").getFirst().text()).contains("regular expression substitution is not allowed: skipping this rule");
        configure(recording, Map.of());
        List<GoldenFile.Section> mails = recording.all("mail");
        for (int i = 0; i < mails.size(); i++) {
            String[] mail = mails.get(i).text().strip().split(" ");
            Fate ours = send(mail[0], mail[1]);
            if (i == 0) {
                assertThat(ours).satisfiesAnyOf(fate -> assertThat(fate.reply).isEqualTo("451 4.3.0 <" + mail[1] + ">: Temporary lookup failure"), fate -> assertThat(fate.end).contains("status=deferred"));
            } else if (!name.startsWith("virtual_uid_maps")) { // whose delivery needs root
                assertThat(ours).isEqualTo(new Fate(recording.all("reply").get(i).text().strip(), end(recording.all("log").get(i).text())));
            }
        }
        assertThat(server.log()).contains("map " + tables.resolve("rules") + ", line 1: regular expression substitution is not allowed: what matches is unavailable");
    }

    /** The SMTP server would take the recipient from such a table, as in Postfix; here nobody answers, so it does not ask. */
    @ParameterizedTest
    @ValueSource(strings = {"alias_maps-tcp", "alias_maps-socketmap", "alias_maps-memcache", "alias_maps-unionmap-tcp", "alias_maps-proxy-tcp", "virtual_mailbox_maps-tcp", "virtual_mailbox_maps-socketmap", "virtual_mailbox_maps-memcache",
            "virtual_uid_maps-memcache"})
    void a_type_that_is_refused_defers_in_the_words_of_Postfix(String name) throws Exception {
        GoldenFile recording = GoldenFile.load("protection/" + name);
        configure(recording, Map.of("smtpd_reject_unlisted_recipient", "no", "local_recipient_maps", ""));
        String[] fixed = recording.all("mail").get(1).text().strip().split(" ");
        String log = recording.all("log").get(1).text();
        assertThat(send(fixed[0], fixed[1])).isEqualTo(new Fate(recording.all("reply").get(1).text().strip(), end(log)));
        Matcher refused = Pattern.compile("warning: (\\S+ is unavailable\\. \\S+ map is not allowed for security.sensitive data)").matcher(log);
        assertThat(refused.find()).isTrue();
        server.awaitLog("warning: " + fill(refused.group(1)));
    }
}
