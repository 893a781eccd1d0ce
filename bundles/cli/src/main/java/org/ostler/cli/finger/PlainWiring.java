// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.finger;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import org.ostler.dane.verifier.Planner;
import org.ostler.dane.verifier.Verifier;
import org.ostler.dns.DnsService;
import org.ostler.mail.config.FixedConfiguration;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.TablesProvider;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.mail.tls.spi.TlsPolicySource;
import org.ostler.smtp.client.Finger;
import org.ostler.sts.StsSource;
import org.ostler.tls.AuthorityVerifier;
import org.ostler.tls.FingerprintVerifier;
import org.ostler.tls.JsseTls;

/** The parts of the mail server that speak TLS with others, put together without a container. */
public final class PlainWiring {

    private PlainWiring() {}

    /**
     * @param effective with what decides beside options: tables, and the policies that domains publish
     * @param heard     told of every DNS answer
     * @param warnings  of tables
     */
    public static Finger.Services services(Settings settings, Path directory, boolean effective, Consumer<WatchedDns.Heard> heard, Consumer<String> warnings) {
        var dns = new WatchedDns(new DnsService(new FixedConfiguration(new Generation(1, directory, settings, List.of()))), heard);
        TlsProvider tls = new JsseTls(Map.of("dane", new Verifier(), "authority", new AuthorityVerifier(), "fingerprints", new FingerprintVerifier()), Map.of());
        Tables tables = ServiceLoader.load(TablesProvider.class).findFirst().orElseThrow(() -> new IllegalStateException("no lookup-core on the class path")).tables(settings, directory, warnings);
        List<TlsPolicySource> sources = effective ? List.of(StsSource.reading(dns)) : List.of();
        return new Finger.Services(dns, tls, tables, new Planner(), sources);
    }
}
