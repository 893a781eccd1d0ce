// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.access.AccessPolicy;
import org.ostler.mail.access.AccessSession;
import org.ostler.mail.access.ClientInfo;
import org.ostler.mail.access.spi.AccessRule;
import org.ostler.mail.config.PerSettings;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lookup.LeasedTables;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.routing.Router;

/**
 * Access control of the SMTP server: Postfix's smtpd_check.
 *
 * <h2>Description</h2>
 * Opens a {@link Session} per SMTP session. Lists are read once per generation of settings; rules that come as services are found by their name at each evaluation, so that
 * a rule's bundle may come, go and be replaced while sessions last.
 *
 * <h2>Security</h2>
 * Sees names and addresses from strangers. Whatever cannot be evaluated answers 451.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> no; the sessions block.
 */
@Component(name = "access", service = AccessPolicy.class, immediate = true)
public final class AccessControl implements AccessPolicy {

    private final Leased<Tables> tables = new Leased<>("lookup table service");
    private final Leased<Router> router = new Leased<>("address rewriting service");
    private final Leased<Dns> dns = new Leased<>("DNS service");
    private final Map<String, Leased<AccessRule>> rules = new ConcurrentHashMap<>();
    private final Tables leased = new LeasedTables(tables);
    private final PerSettings<Policy> policies = new PerSettings<>(this::policy);

    public AccessControl() {}

    /** For tests and plain wiring; {@link #rule} adds words. */
    public AccessControl(Tables tables, Router router) {
        this.tables.bind(tables, 0);
        this.router.bind(router, 0);
    }

    /** A word by hand: tests and plain wiring. */
    public AccessControl rule(String name, AccessRule rule) {
        rules.computeIfAbsent(name, Leased::new).bind(rule, 0);
        return this;
    }

    /** Names by DNS, by hand: tests and plain wiring. */
    public AccessControl dns(Dns service) {
        dns.bind(service, 0);
        return this;
    }

    private Policy policy(Settings settings) {
        return new Policy(settings, leased, router, dns, rules);
    }

    @Override
    public AccessSession open(ClientInfo client, Settings settings) {
        return new Session(policies.of(settings), client);
    }

    @Reference(service = Tables.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindTables(Tables service, ServiceReference<Tables> reference) {
        tables.bind(service, reference);
    }

    void unbindTables(Tables service, ServiceReference<Tables> reference) {
        tables.unbind(service, reference);
    }

    @Reference(service = Router.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindRouter(Router service, ServiceReference<Router> reference) {
        router.bind(service, reference);
    }

    void unbindRouter(Router service, ServiceReference<Router> reference) {
        router.unbind(service, reference);
    }

    @Reference(service = Dns.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindDns(Dns service, ServiceReference<Dns> reference) {
        dns.bind(service, reference);
    }

    void unbindDns(Dns service, ServiceReference<Dns> reference) {
        dns.unbind(service, reference);
    }

    @Reference(service = AccessRule.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindRule(AccessRule service, ServiceReference<AccessRule> reference) {
        if (reference.getProperty("rule.name") instanceof String name) {
            rules.computeIfAbsent(name, Leased::new).bind(service, reference);
        }
    }

    /** The name stays known: while nobody provides the word, lists that use it answer 451. */
    void unbindRule(AccessRule service, ServiceReference<AccessRule> reference) {
        if (reference.getProperty("rule.name") instanceof String name && rules.get(name) instanceof Leased<AccessRule> leasedRule) {
            leasedRule.unbind(service, reference);
        }
    }
}
