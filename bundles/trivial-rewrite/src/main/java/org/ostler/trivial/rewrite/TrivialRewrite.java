// SPDX-License-Identifier: Apache-2.0
package org.ostler.trivial.rewrite;

import java.util.function.LongSupplier;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.config.PerSettings;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lookup.LeasedTables;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.model.Address;
import org.ostler.mail.routing.Resolution;
import org.ostler.mail.routing.Router;

/**
 * The address rewriting and resolving service, Postfix's trivial-rewrite(8).
 *
 * <h2>Description</h2>
 * {@link #rewrite} completes addresses, {@link #resolve} finds address class, transport and next hop. Lists and tables are read once per generation of settings. Databases and directories are not asked the
 * same again for a short time ({@link Memory}).
 *
 * <h2>Security</h2>
 * Sees addresses from strangers. Routing characters in a local part are resolved until none is left, so that no disguise makes a foreign address look local.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> table lookups. <b>Errors</b> values.
 *
 * <h2>Diagnostics</h2>
 * {@code warning: do not list domain ... in BOTH ... and ...}: the first of the two wins.
 *
 * <h2>Bugs</h2>
 * An address that ends in a lone {@code @} has no form of its own in the model: {@code user@} is {@code user} here; resolve_null_domain is not implemented.
 */
@Component(name = "trivial-rewrite", service = Router.class, immediate = true)
public final class TrivialRewrite implements Router {

    private final Leased<Tables> tables = new Leased<>("lookup table service");
    private final Tables leased = new LeasedTables(tables);
    private final PerSettings<Completion> completions = new PerSettings<>(Completion::new);
    private final PerSettings<Resolver> resolvers = new PerSettings<>(this::resolver);
    private final LongSupplier clock;

    public TrivialRewrite() {
        clock = System::nanoTime;
    }

    /** For tests and plain wiring. */
    public TrivialRewrite(Tables tables) {
        this(tables, System::nanoTime);
    }

    TrivialRewrite(Tables tables, LongSupplier clock) {
        this.tables.bind(tables, 0);
        this.clock = clock;
    }

    @Reference(service = Tables.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindTables(Tables service, ServiceReference<Tables> reference) {
        tables.bind(service, reference);
    }

    void unbindTables(Tables service, ServiceReference<Tables> reference) {
        tables.unbind(service, reference);
    }

    private Resolver resolver(Settings settings) {
        return new Resolver(settings, completions.of(settings), leased, new Memory(clock));
    }

    @Override
    public Address rewrite(Address address, Context context, Settings settings) {
        return completions.of(settings).rewrite(address, context);
    }

    @Override
    public Resolution resolve(Address sender, Address recipient, Settings settings) {
        return resolvers.of(settings).resolve(sender, recipient, false);
    }

    @Override
    public Resolution resolveAnew(Address sender, Address recipient, Settings settings) {
        return resolvers.of(settings).resolve(sender, recipient, true);
    }
}
