// SPDX-License-Identifier: Apache-2.0
package org.ostler.control;

import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.control.spi.ControlCommand;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.queue.QueueManager;
import org.ostler.mail.queue.spi.QueueStore;

/**
 * Registers the commands of this bundle as services, so that the socket, the Karaf shell and plugins find all commands in one place.
 *
 * <pre>
 *   queue.*          see {@link QueueCommands}
 *   config.*         see {@link ConfigCommands}, {@link KnownWords}
 *   tables.*         see {@link TableCommands}
 * </pre>
 */
@Component(name = "control-verbs", service = Verbs.class, immediate = true)
public final class Verbs {

    private static final List<String> QUEUE = List.of("list", "json", "flush", "flush-id", "flush-site", "delete", "hold", "release", "requeue", "cat");

    private final Leased<QueueManager> manager = new Leased<>("queue manager");
    private final Leased<QueueStore> store = new Leased<>("queue store");
    private final Leased<Tables> tables = new Leased<>("lookup tables");
    private final Leased<Configuration> configuration = new Leased<>("configuration");
    private final List<ServiceRegistration<?>> registered = new ArrayList<>();

    @Activate
    public Verbs(BundleContext context) {
        var queue = new QueueCommands(manager, store);
        for (String verb : QUEUE) {
            register(context, "queue." + verb, (arguments, out) -> queue.run(verb, arguments, out));
        }
        new ConfigCommands(configuration).register((name, command) -> register(context, name, command));
        var words = new KnownWords(context);
        register(context, "config.knows", words::run);
        var tableCommands = new TableCommands(tables);
        for (String verb : TableCommands.VERBS) {
            register(context, "tables." + verb, (arguments, out) -> tableCommands.run(verb, arguments, out));
        }
    }

    private void register(BundleContext context, String name, ControlCommand command) {
        var properties = new Hashtable<String, Object>();
        properties.put("command.name", name);
        registered.add(context.registerService(ControlCommand.class, command, properties));
    }

    @Deactivate
    void deactivate() {
        registered.forEach(ServiceRegistration::unregister);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindManager(QueueManager m, ServiceReference<QueueManager> ref) {
        manager.bind(m, ref);
    }

    void unbindManager(QueueManager m, ServiceReference<QueueManager> ref) {
        manager.unbind(m, ref);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindStore(QueueStore s, ServiceReference<QueueStore> ref) {
        store.bind(s, ref);
    }

    void unbindStore(QueueStore s, ServiceReference<QueueStore> ref) {
        store.unbind(s, ref);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindConfiguration(Configuration c, ServiceReference<Configuration> ref) {
        configuration.bind(c, ref);
    }

    void unbindConfiguration(Configuration c, ServiceReference<Configuration> ref) {
        configuration.unbind(c, ref);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindTables(Tables t, ServiceReference<Tables> ref) {
        tables.bind(t, ref);
    }

    void unbindTables(Tables t, ServiceReference<Tables> ref) {
        tables.unbind(t, ref);
    }
}
