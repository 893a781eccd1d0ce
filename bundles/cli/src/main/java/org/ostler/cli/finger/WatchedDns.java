// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.finger;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.Mx;
import org.ostler.mail.dns.Srv;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.lookup.AddressText;

/** Another {@link Dns}, and somebody who hears of each answer and how far it is proved. As that one for threads, blocking and errors. */
public final class WatchedDns implements Dns {

    /**
     * @param status  secure, insecure, unchecked (nobody could or would check), bogus or failed
     * @param records none: there are none
     * @param why     of a failure
     */
    public record Heard(String type, String name, String status, Duration ttl, List<String> records, String why) {

        /** One line: {@code MX example.org: secure: 10 mx.example.org}. */
        String text() {
            return type + " " + name + ": " + status + ": " + (!why.isEmpty() ? why : records.isEmpty() ? "none" : String.join(", ", records));
        }
    }

    private final Dns dns;
    private final Consumer<Heard> listener;

    WatchedDns(Dns dns, Consumer<Heard> listener) {
        this.dns = dns;
        this.listener = listener;
    }

    private <T> DnsAnswer<T> heard(String type, String name, DnsAnswer<T> answer, Function<T, String> text) {
        listener.accept(switch (answer) {
            case DnsAnswer.Records<T>(List<T> records, _, Duration ttl, DnsAnswer.Security status) ->
                    new Heard(type, name, word(status), ttl, records.stream().map(text).map(Certificates::printable).toList(), "");
            case DnsAnswer.NoData<T>(Duration ttl, DnsAnswer.Security status) -> new Heard(type, name, word(status), ttl, List.of(), "");
            case DnsAnswer.NoSuchName<T>(Duration ttl, DnsAnswer.Security status) -> new Heard(type, name, word(status), ttl, List.of(), "");
            case DnsAnswer.Failed<T>(String why, boolean bogus, Duration ttl) -> new Heard(type, name, bogus ? "bogus" : "failed", ttl, List.of(), why.isEmpty() ? "no answer" : why);
        });
        return answer;
    }

    private static String word(DnsAnswer.Security status) {
        return status.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public DnsAnswer<Mx> mx(String domain, boolean secure) {
        return heard("MX", domain, dns.mx(domain, secure), mx -> mx.preference() + " " + (mx.isNull() ? "." : mx.host()));
    }

    @Override
    public DnsAnswer<InetAddress> addresses(String host, Family family, boolean secure) {
        return heard(family == Family.IPV4 ? "A" : "AAAA", host, dns.addresses(host, family, secure), AddressText::of);
    }

    @Override
    public DnsAnswer<Srv> srv(String name, boolean secure) {
        return heard("SRV", name, dns.srv(name, secure), srv -> srv.priority() + " " + srv.weight() + " " + srv.port() + " " + (srv.isNone() ? "." : srv.host()));
    }

    @Override
    public DnsAnswer<String> ptr(InetAddress address) {
        return dns.ptr(address);
    }

    @Override
    public DnsAnswer<String> txt(String name, boolean secure) {
        return heard("TXT", name, dns.txt(name, secure), Function.identity());
    }

    @Override
    public DnsAnswer<Tlsa> tlsa(String name) {
        return heard("TLSA", name, dns.tlsa(name), Tlsa::toString);
    }

    @Override
    public DnsAnswer<String> cname(String name, boolean secure) {
        return heard("CNAME", name, dns.cname(name, secure), Function.identity());
    }

    @Override
    public DnsAnswer<InetAddress> nativeAddresses(String host, Family family) {
        return dns.nativeAddresses(host, family);
    }

    @Override
    public DnsAnswer<String> nativeName(InetAddress address) {
        return dns.nativeName(address);
    }

    @Override
    public List<String> searchList() {
        return dns.searchList();
    }

    @Override
    public Optional<String> dnssecTrouble() {
        return dns.dnssecTrouble();
    }
}
