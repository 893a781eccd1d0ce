// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.ostler.mail.tck.Zone;
import org.ostler.tls.JsseTls;

/** What tests of DANE over real name servers have in common: a server that offers TLS, one that does not, and signed domains whose records are for either. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class DaneGround {

    /** Of no certificate that anybody here has. */
    static final String WRONG = "3 1 1 " + "00".repeat(32);

    FakeServer offering;
    FakeServer plain;
    ThreeWays ways;

    /** The first thing to do: their ports stand in the zones. */
    void servers(Path dir) throws Exception {
        offering = FakeServer.start(Sessions.OFFERS + Sessions.ENCRYPTED + Sessions.TAKES + Sessions.QUIT).with(new JsseTls(), Sessions.server(dir));
        plain = FakeServer.start(Sessions.OFFERS_NOTHING + Sessions.TAKES + Sessions.QUIT);
    }

    @AfterAll
    void stop() throws Exception {
        for (AutoCloseable each : new AutoCloseable[] {ways, plain, offering}) {
            if (each != null) {
                each.close();
            }
        }
    }

    Zone zone(String name, String... records) {
        return tlsa(Zone.of(name + ".test").mx(10, "mx").a("mx", "127.0.0.1").signed(), ".mx", records);
    }

    /** Records for both servers' ports. */
    Zone tlsa(Zone zone, String host, String... records) {
        for (String record : records) {
            for (FakeServer server : List.of(offering, plain)) {
                zone.tlsa("_" + server.port() + "._tcp" + host, record);
            }
        }
        return zone;
    }

    void everywhere(String domain, String level, FakeServer server, String expected) {
        ways.all().forEach((way, dns) -> assertThat(ThreeWays.fate(dns, level, domain + ".test", server)).as(domain + " by " + way).isEqualTo(expected));
    }
}
