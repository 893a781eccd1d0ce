// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tls.TlsReports.Attempt;
import org.ostler.tls.JsseTls;

/** What tests of the fate of a message under a TLS policy have in common: a server for mx.example.test with a certificate, a signed zone that names it, and what the log and the reports said. */
abstract class TlsScenes {

    @TempDir Path dir;
    private Settings server;
    final List<String> log = new CopyOnWriteArrayList<>();
    final List<Attempt> reports = new CopyOnWriteArrayList<>();

    @BeforeEach
    void certificate() throws Exception {
        server = Sessions.server(dir);
    }

    FakeServer serving(String... scripts) throws Exception {
        return FakeServer.start(scripts).with(new JsseTls(), server);
    }

    /** @param record the host's TLSA record; empty where it has none */
    Scenario scenario(FakeServer fake, String level, String record) {
        var scenario = Scenario.happy().set("smtp_tls_security_level", level).set("smtp_dns_support_level", "dnssec").set("smtp_host_lookup", "dns").set("compatibility_level", "3.12");
        Zone zone = Zone.of("example.test").mx(10, "mx").a("mx", "127.0.0.1").signed();
        scenario.dns = record.isEmpty() ? zone : zone.tlsa("_" + fake.port() + "._tcp.mx", record);
        scenario.reports = reports::add;
        return scenario;
    }

    String fate(Scenario scenario, FakeServer fake) throws Exception {
        try (var attached = MailLog.attach((when, severity, tag, text) -> log.add(text)); scenario) {
            return Scenario.fate(scenario.deliver("example.test:" + fake.port()));
        }
    }
}
