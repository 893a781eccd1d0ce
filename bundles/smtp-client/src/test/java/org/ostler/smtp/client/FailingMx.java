// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.net.InetAddress;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.Mx;
import org.ostler.mail.dns.Tlsa;

/** A DNS whose MX lookups fail while the rest works; a base for others that differ in one method. */
class FailingMx implements Dns {

    private final Dns rest;

    FailingMx(Dns rest) {
        this.rest = rest;
    }

    @Override
    public DnsAnswer<Mx> mx(String domain, boolean secure) {
        return new DnsAnswer.Failed<>("SERVFAIL", false);
    }

    @Override
    public DnsAnswer<InetAddress> addresses(String host, Family family, boolean secure) {
        return rest.addresses(host, family, secure);
    }

    @Override
    public DnsAnswer<String> ptr(InetAddress address) {
        return rest.ptr(address);
    }

    @Override
    public DnsAnswer<String> txt(String name, boolean secure) {
        return rest.txt(name, secure);
    }

    @Override
    public DnsAnswer<Tlsa> tlsa(String name) {
        return rest.tlsa(name);
    }

    @Override
    public DnsAnswer<String> cname(String name, boolean secure) {
        return rest.cname(name, secure);
    }

    @Override
    public DnsAnswer<InetAddress> nativeAddresses(String host, Family family) {
        return rest.nativeAddresses(host, family);
    }

    @Override
    public DnsAnswer<String> nativeName(InetAddress address) {
        return rest.nativeName(address);
    }
}
