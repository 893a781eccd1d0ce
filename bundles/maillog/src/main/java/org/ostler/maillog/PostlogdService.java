// SPDX-License-Identifier: Apache-2.0
package org.ostler.maillog;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;

/**
 * Attaches the writer that {@code maillog_file} asks for.
 *
 * <h2>Description</h2>
 * A new generation that names another place closes the old writer and opens a new one; lines in between are kept by the hub. Without a configuration (start, or {@code config-maincf} being replaced) the last place stays.
 *
 * <h2>Diagnostics</h2>
 * A maillog_file outside of maillog_file_prefixes, or one that cannot be opened, is named on standard error; mail goes on.
 */
@Component(name = "postlogd", service = PostlogdService.class, immediate = true)
public final class PostlogdService {

    private static final Map<String, Integer> FACILITIES = Map.ofEntries(Map.entry("mail", 2), Map.entry("daemon", 3), Map.entry("user", 1), Map.entry("local0", 16),
            Map.entry("local1", 17), Map.entry("local2", 18), Map.entry("local3", 19), Map.entry("local4", 20), Map.entry("local5", 21), Map.entry("local6", 22), Map.entry("local7", 23));

    /** @param host first label of myhostname, as Postfix's own log files show it */
    private record Place(String file, int mode, String facility, String host) {}

    private Place place;
    private LogWriter writer;
    private AutoCloseable attached;
    private AutoCloseable listening;

    @Activate
    public PostlogdService() {}

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.OPTIONAL)
    synchronized void bindConfiguration(Configuration configuration) {
        listening = configuration.onChange(this::apply);
    }

    synchronized void unbindConfiguration(Configuration configuration) throws Exception {
        listening.close();
    }

    private synchronized void apply(Generation generation) {
        Settings settings = generation.main();
        String file = settings.get(MaillogParameters.MAILLOG_FILE);
        if (!MaillogParameters.isAllowed(settings)) {
            MailLog.of(settings.text("syslog_name") + "/postlogd").error("maillog_file '" + file + "' does not match any prefix in maillog_file_prefixes");
            return;
        }
        var next = new Place(file, mode(settings), settings.get(MaillogParameters.SYSLOG_FACILITY), settings.text("myhostname").split("\\.", 2)[0]);
        if (!next.equals(place)) {
            try {
                LogWriter opened = open(next);
                detach();
                writer = opened;
                attached = MailLog.attach(opened);
                place = next;
            } catch (IOException e) {
                System.err.println("postlogd: cannot open the mail log: " + e.getMessage());
            }
        }
    }

    private static int mode(Settings settings) {
        try {
            return Integer.parseInt(settings.get(MaillogParameters.MAILLOG_FILE_PERMISSIONS), 8);
        } catch (NumberFormatException e) {
            return 0600;
        }
    }

    private static LogWriter open(Place place) throws IOException {
        LogTarget target = switch (place.file) {
            case "" -> new SyslogTarget("/dev/log");
            case "/dev/stdout" -> new StreamTarget(System.out);
            default -> new FileTarget(Path.of(place.file), place.mode);
        };
        return new LogWriter(target, place.host, FACILITIES.getOrDefault(place.facility, 2));
    }

    private void detach() {
        if (attached != null) {
            try {
                attached.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            writer.close();
            attached = null;
        }
    }

    @Deactivate
    synchronized void deactivate() {
        detach();
        place = null;
    }
}
