// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import static org.ostler.dns.DnsParameters.DNS_ATTEMPTS;
import static org.ostler.dns.DnsParameters.DNS_ATTEMPT_TIMEOUT;
import static org.ostler.dns.DnsParameters.DNS_CACHE_FAILURE_TTL;
import static org.ostler.dns.DnsParameters.DNS_CACHE_MAX_NEGATIVE_TTL;
import static org.ostler.dns.DnsParameters.DNS_CACHE_MAX_TTL;
import static org.ostler.dns.DnsParameters.DNS_CACHE_SIZE;
import static org.ostler.dns.DnsParameters.DNS_DEADLINE;
import static org.ostler.dns.DnsParameters.DNS_SERVERS;
import static org.ostler.dns.DnsParameters.DNSSEC_VALIDATION;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.dns.AnswerCache.Fresh;
import org.ostler.dns.AnswerCache.Question;
import org.ostler.dns.Reading.Step;
import org.ostler.dns.Resolver.Raw;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.DnsAnswer.Security;
import org.ostler.mail.dns.Mx;
import org.ostler.mail.dns.Srv;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * The resolver of the mail server: MX, A, AAAA, PTR, TXT, TLSA, CNAME from name servers, and names as the operating system knows them.
 *
 * <p><b>Description</b> Names are taken as fully qualified; nothing is appended. A name that can never exist (an empty or over-long label) is answered "no such name" without a question.
 * Settings come from the running configuration; before there is one, defaults apply.
 *
 * <p><b>Security</b> answers are untrusted bytes; see {@link Exchange} for what makes one believable. {@code secure} answers are proved here ({@link OwnValidation}) or, by parameter, by the AD bit of a name
 * server on this machine ({@link AuthenticData}); where neither can be had, {@link #dnssecTrouble} says why and the status is UNCHECKED.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> up to {@code dns_deadline}. <b>Errors</b> {@link DnsAnswer.Failed}.
 *
 * <p><b>See also</b> RFC 1035, RFC 2308, resolv.conf(5), hosts(5).
 */
@Component(name = "dns", service = Dns.class, immediate = true)
public final class DnsService implements Dns, AutoCloseable {

    static {
        AnyTlsa.register();
    }

    private static final Settings DEFAULTS = Settings.of(Map.of());
    private static final long LONGEST = Duration.ofDays(365).toSeconds();

    private final Leased<Configuration> configuration = new Leased<>("configuration", Duration.ZERO);
    private final Supplier<Settings> settings;
    private final WatchedFile<ResolvConf> resolvConf;
    private final WatchedFile<HostsFile> hosts;
    private final SystemNames system;
    private final AnswerCache cache;
    private final OwnValidation own;
    private final Provability provability;
    private final Map<Configuration, AutoCloseable> listening = new ConcurrentHashMap<>();

    /** OSGi; the configuration comes by bind. */
    @Activate
    public DnsService() {
        this.settings = this::running;
        this.own = new OwnValidation(settings, this::servers, new Time(Clock.systemUTC(), System::nanoTime), this::flush);
        this.provability = new Provability(System::nanoTime, this::flush, DnsService::behind);
        this.resolvConf = new WatchedFile<>(Path.of("/etc/resolv.conf"), ResolvConf::parse);
        this.hosts = new WatchedFile<>(Path.of("/etc/hosts"), HostsFile::parse);
        this.system = new SystemNames(InetAddress::getAllByName);
        this.cache = new AnswerCache(System::nanoTime);
    }

    /** Plain wiring. */
    public DnsService(Configuration configuration) {
        this();
        this.configuration.bind(configuration, 0);
    }

    /** Tests. */
    DnsService(Supplier<Settings> settings, Path resolvConf, Path hosts, SystemNames.Source system, LongSupplier nanos) {
        this(settings, resolvConf, hosts, system, new Time(Clock.systemUTC(), nanos));
    }

    /** Tests. @param time what signatures are judged by, and what lifetimes are counted on */
    record Time(Clock clock, LongSupplier nanos) {}

    DnsService(Supplier<Settings> settings, Path resolvConf, Path hosts, SystemNames.Source system, Time time) {
        this.settings = settings;
        this.own = new OwnValidation(settings, this::servers, time, this::flush);
        this.provability = new Provability(time.nanos(), this::flush, DnsService::behind);
        this.resolvConf = new WatchedFile<>(resolvConf, ResolvConf::parse);
        this.hosts = new WatchedFile<>(hosts, HostsFile::parse);
        this.system = new SystemNames(system);
        this.cache = new AnswerCache(time.nanos());
    }

    @Reference(service = Configuration.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindConfiguration(Configuration service, ServiceReference<Configuration> ref) {
        configuration.bind(service, ref);
        listening.put(service, service.onChange(now -> Thread.ofVirtual().name("dnssec-probe").start(() -> probeWhereProofsAreWanted(now))));
    }

    void unbindConfiguration(Configuration service, ServiceReference<Configuration> ref) throws Exception {
        listening.remove(service).close();
        configuration.unbind(service, ref);
    }

    /** At start and after a reload, so that the operator reads of a forwarder that strips signatures before mail does. */
    private void probeWhereProofsAreWanted(Generation generation) {
        if (isProofWanted(generation)) {
            dnssecTrouble();
        }
    }

    /** By main.cf, or by a transport's own options in master.cf. */
    static boolean isProofWanted(Generation generation) {
        return Stream.concat(Stream.of(generation.main()), generation.rows().stream().map(generation::settings))
                .anyMatch(s -> Stream.of("smtp_dns_support_level", "lmtp_dns_support_level").anyMatch(name -> s.text(name).strip().equalsIgnoreCase("dnssec")));
    }

    private static void behind(Runnable task) {
        Thread.ofVirtual().name("dnssec-probe").start(task);
    }

    @Override
    public Optional<String> dnssecTrouble() {
        Settings s = settings.get();
        return provability.trouble(allServers(s), s, end(s));
    }

    @Deactivate
    @Override
    public void close() {
        system.close();
    }

    @Override
    public DnsAnswer<Mx> mx(String domain, boolean secure) {
        return ask(domain, Type.MX, secure, r -> {
            var mx = (MXRecord) r;
            return new Mx(mx.getPriority(), Reading.text(mx.getTarget()));
        });
    }

    @Override
    public DnsAnswer<InetAddress> addresses(String host, Family family, boolean secure) {
        return family == Family.IPV4
                ? ask(host, Type.A, secure, r -> ((ARecord) r).getAddress())
                : ask(host, Type.AAAA, secure, r -> ((AAAARecord) r).getAddress());
    }

    @Override
    public DnsAnswer<Srv> srv(String name, boolean secure) {
        return ask(name, Type.SRV, secure, r -> {
            var srv = (SRVRecord) r;
            return new Srv(srv.getPriority(), srv.getWeight(), srv.getPort(), Reading.text(srv.getTarget()));
        });
    }

    @Override
    public DnsAnswer<String> ptr(InetAddress address) {
        return ask(ReverseMap.fromAddress(address).toString(true), Type.PTR, false, r -> Reading.text(((PTRRecord) r).getTarget()));
    }

    @Override
    public DnsAnswer<String> txt(String name, boolean secure) {
        return ask(name, Type.TXT, secure, r -> joined((TXTRecord) r));
    }

    @Override
    public DnsAnswer<Tlsa> tlsa(String name) {
        return ask(name, Type.TLSA, true, r -> ((AnyTlsa) r).value());
    }

    @Override
    public DnsAnswer<String> cname(String name, boolean secure) {
        return ask(name, Type.CNAME, secure, r -> Reading.text(((CNAMERecord) r).getTarget()));
    }

    @Override
    public List<String> searchList() {
        return resolvConf.current().search();
    }

    @Override
    public DnsAnswer<InetAddress> nativeAddresses(String host, Family family) {
        HostsFile file = hosts.current();
        List<InetAddress> listed = file.of(host, family);
        if (!listed.isEmpty()) {
            return new DnsAnswer.Records<>(listed, host.toLowerCase(Locale.ROOT), Duration.ZERO, Security.UNCHECKED);
        }
        if (file.knows(host)) {
            return new DnsAnswer.NoData<>(Duration.ZERO, Security.UNCHECKED);
        }
        Settings s = settings.get();
        return cache.get(new Question("native " + family, host.toLowerCase(Locale.ROOT), false), s.get(DNS_CACHE_SIZE),
                () -> system.addresses(host, family, s.get(DNS_DEADLINE)));
    }

    /** The hosts file, then the DNS: the JDK's reverse lookup cannot tell "no name" from "could not ask". */
    @Override
    public DnsAnswer<String> nativeName(InetAddress address) {
        String listed = hosts.current().names().get(address);
        return listed != null ? new DnsAnswer.Records<>(List.of(listed), listed, Duration.ZERO, Security.UNCHECKED) : ptr(address);
    }

    /** Forgets all answers. */
    void flush() {
        cache.clear();
    }

    private <T> DnsAnswer<T> ask(String text, int type, boolean secure, Function<Record, T> value) {
        Name name;
        try {
            name = Name.fromString(text, Name.root);
        } catch (TextParseException _) {
            return new DnsAnswer.NoSuchName<>(Duration.ZERO, Security.UNCHECKED);
        }
        if (name.labels() < 2) {
            return new DnsAnswer.NoSuchName<>(Duration.ZERO, Security.UNCHECKED);
        }
        Settings s = settings.get();
        if (secure && s.get(DNSSEC_VALIDATION)) {
            own.followAnchors(s);
        }
        var question = new Question(Type.string(type), text.toLowerCase(Locale.ROOT), secure);
        return cache.get(question, s.get(DNS_CACHE_SIZE), () -> bounded(lookup(name, type, secure, s, value), s));
    }

    private <T> Fresh<T> lookup(Name asked, int type, boolean secure, Settings s, Function<Record, T> value) {
        long end = end(s);
        boolean provable = secure && provability.trouble(allServers(s), s, end).isEmpty();
        if (provable && s.get(DNSSEC_VALIDATION)) {
            return own.lookup(asked, type, value, end);
        }
        var plan = new Resolver.Plan(provable ? servers(s) : allServers(s), s.get(DNS_ATTEMPTS), s.get(DNS_ATTEMPT_TIMEOUT), end);
        if (plan.servers().isEmpty()) {
            return failed("no name server on this machine has answered dnssec_probe yet", false, s);
        }
        Name name = asked;
        long ttl = LONGEST;
        Security status = provable ? Security.SECURE : Security.UNCHECKED;
        for (int hop = 0; hop < Reading.MAX_CHAIN; hop++) {
            switch (Resolver.ask(name, type, provable ? Resolver.Mode.AUTHENTIC : Resolver.Mode.PLAIN, plan)) {
                case Raw.Nothing(String reason, boolean servfail) -> {
                    // How a resolver that validates says that an answer cannot be proved; TLS reports call it dnssec-invalid (RFC 8460 section 4.3.2.1).
                    return failed(reason, provable && servfail, s);
                }
                case Raw.Answered(var message, var server) -> {
                    status = AuthenticData.weaker(status, provable ? AuthenticData.status(message, server) : Security.UNCHECKED);
                    switch (Reading.read(message, name, type, ttl, status, value)) {
                        case Step.Done<T>(var answer, var keep) -> {
                            return new Fresh<>(answer, keep);
                        }
                        case Step.Elsewhere<T>(var next, var least) -> {
                            name = next;
                            ttl = least;
                        }
                    }
                }
            }
        }
        return failed("too many aliases for " + Reading.text(asked), false, s);
    }

    private static <T> Fresh<T> failed(String reason, boolean bogus, Settings s) {
        Duration keep = s.get(DNS_CACHE_FAILURE_TTL);
        return new Fresh<>(new DnsAnswer.Failed<>(reason, bogus, keep), keep);
    }

    private static <T> Fresh<T> bounded(Fresh<T> fresh, Settings s) {
        Duration most = switch (fresh.answer()) {
            case DnsAnswer.Records<T> _ -> s.get(DNS_CACHE_MAX_TTL);
            case DnsAnswer.NoData<T> _ -> s.get(DNS_CACHE_MAX_NEGATIVE_TTL);
            case DnsAnswer.NoSuchName<T> _ -> s.get(DNS_CACHE_MAX_NEGATIVE_TTL);
            case DnsAnswer.Failed<T> _ -> Duration.ofMinutes(5);
        };
        return fresh.keep().compareTo(most) > 0 ? new Fresh<>(fresh.answer(), most) : fresh;
    }

    private List<InetSocketAddress> allServers(Settings s) {
        List<InetSocketAddress> listed = s.get(DNS_SERVERS);
        return listed.isEmpty() ? resolvConf.current().servers() : listed;
    }

    /** Those to ask where proofs are wanted. */
    private List<InetSocketAddress> servers(Settings s) {
        return provability.usable(allServers(s), s);
    }

    private static long end(Settings s) {
        return System.nanoTime() + s.get(DNS_DEADLINE).toNanos();
    }

    private Settings running() {
        try {
            return configuration.call(c -> c.current().main());
        } catch (UnavailableException _) {
            return DEFAULTS; // the time before the first generation, and while config-maincf is replaced
        }
    }

    private static String joined(TXTRecord record) {
        var out = new StringBuilder();
        for (byte[] part : record.getStringsAsByteArrays()) {
            out.append(new String(part, StandardCharsets.ISO_8859_1));
        }
        return out.toString();
    }
}
