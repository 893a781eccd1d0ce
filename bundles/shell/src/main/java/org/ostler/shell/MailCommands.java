// SPDX-License-Identifier: Apache-2.0
package org.ostler.shell;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Parser;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.control.spi.ControlCommand;
import org.ostler.mail.lease.Leased;

/**
 * Makes each control command a command of the Karaf shell: {@code queue.list} becomes {@code mail:queue-list}.
 *
 * <p>A command of a plugin appears with its bundle and goes with it. <b>Threads</b> any. <b>Blocking</b> as the command does.
 */
@Component(name = "mail-commands", service = MailCommands.class, immediate = true)
public final class MailCommands {

    private final SessionFactory sessions;
    private final Map<ServiceReference<ControlCommand>, Adapter> registered = new ConcurrentHashMap<>();

    @Activate
    public MailCommands(@Reference SessionFactory sessions) {
        this.sessions = sessions;
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindCommand(ControlCommand command, ServiceReference<ControlCommand> ref) {
        var adapter = new Adapter(ref.getProperty("command.name").toString());
        adapter.command.bind(command, ref);
        registered.put(ref, adapter);
        sessions.getRegistry().register(adapter);
    }

    /** Also when this component ends: Declarative Services takes every reference back then. Karaf's registry bears no second unregistering. */
    void unbindCommand(ControlCommand command, ServiceReference<ControlCommand> ref) {
        Adapter adapter = registered.remove(ref);
        if (adapter != null) {
            sessions.getRegistry().unregister(adapter);
            adapter.command.unbind(command, ref);
        }
    }

    /** Names of all mail commands, as they are typed. */
    List<String> names() {
        return registered.values().stream().map(adapter -> adapter.getScope() + ":" + adapter.getName()).sorted().toList();
    }

    private static final class Adapter implements Command {
        private final String name;
        private final Leased<ControlCommand> command;

        Adapter(String name) {
            this.name = name;
            this.command = new Leased<>("command " + name);
        }

        @Override
        public Object execute(Session session, List<Object> arguments) throws Exception {
            try (Leased<ControlCommand>.Lease lease = command.acquire()) {
                lease.service().run(arguments.stream().map(String::valueOf).toList(), session.getConsole()::println);
            }
            return null;
        }

        @Override
        public String getScope() {
            return "mail";
        }

        @Override
        public String getName() {
            return name.replace('.', '-');
        }

        @Override
        public String getDescription() {
            return "the control command " + name;
        }

        @Override
        public Completer getCompleter(boolean scoped) {
            return null;
        }

        @Override
        public Parser getParser() {
            return null;
        }
    }
}
