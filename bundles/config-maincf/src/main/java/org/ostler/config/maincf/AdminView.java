// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationEvent;
import org.osgi.service.cm.SynchronousConfigurationListener;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.config.ConfigChange;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.PostfixDefaults;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.log.MailLog;

/**
 * The configuration in force as OSGi Configuration Admin shows it to other programs, and the way back.
 *
 * <h2>Description</h2>
 * {@value #MAIN} holds every parameter, expanded. Each row of master.cf is a configuration of the factory {@value #ROW}: its columns ({@code row.service}, {@code row.type}, {@code row.private}, {@code row.unprivileged},
 * {@code row.chroot}, {@code row.wakeup}, {@code row.maxproc}, {@code row.command}, {@code row.arguments}) and its {@code -o} options by their names. The files are the truth: what was changed here is written through to
 * them and is in force when {@code update} or {@code delete} returns, or it is refused, with the reason in the log, and the configuration shows again what is in force.
 *
 * <p><b>Threads</b> any; {@link #publish} under the caller's lock. <b>Blocking</b> as the files are. <b>Errors</b> to the log.
 */
final class AdminView implements SynchronousConfigurationListener {

    static final String MAIN = "org.ostler.main";
    static final String ROW = "org.ostler.row";

    private static final String ANYWHERE = "?";
    private static final List<String> COLUMNS = List.of("row.service", "row.type", "row.private", "row.unprivileged", "row.chroot", "row.wakeup", "row.maxproc", "row.command");

    private final ConfigurationAdmin admin;
    private final Function<List<ConfigChange>, List<String>> changes;
    private final MailLog log;
    private volatile Map<String, String> main = Map.of();
    /** What each row's configuration shows, by PID. */
    private volatile Map<String, Map<String, String>> rows = Map.of();

    /** @param changes puts changes into the files and into force; answers why not */
    AdminView(ConfigurationAdmin admin, MailLog log, Function<List<ConfigChange>, List<String>> changes) {
        this.admin = admin;
        this.log = log;
        this.changes = changes;
    }

    boolean of(ConfigurationAdmin other) {
        return admin == other;
    }

    /** Shows a generation. @param written its rows as they stand in master.cf, for what is shown of a row goes back there. @param declared parameters of the bundles that are there: Ostler's own have their defaults in no table */
    void publish(Generation generation, List<ServiceRow> written, Collection<Parameter<?>> declared) {
        try {
            var names = new TreeSet<String>(String.CASE_INSENSITIVE_ORDER);
            names.addAll(generation.main().names());
            names.addAll(PostfixDefaults.all().keySet());
            var values = new TreeMap<String, String>();
            names.forEach(name -> values.put(name, text(generation, name)));
            declared.stream().filter(parameter -> names.add(parameter.name())).forEach(parameter -> values.put(parameter.name(), generation.main().expand(parameter.defaultText())));
            main = values;
            show(admin.getConfiguration(MAIN, ANYWHERE), values);
            publishRows(written);
        } catch (IOException | InvalidSyntaxException | IllegalStateException e) {
            log.warning("Configuration Admin does not show the configuration: " + e);
        }
    }

    private static String text(Generation generation, String name) {
        try {
            return generation.main().text(name);
        } catch (BadValueException e) {
            return generation.main().unexpanded(name);
        }
    }

    private void publishRows(List<ServiceRow> written) throws IOException, InvalidSyntaxException {
        Map<String, Configuration> there = new HashMap<>();
        var surplus = new ArrayList<Configuration>();
        for (Configuration each : configurations("(service.factoryPid=" + ROW + ")")) {
            Map<String, String> shown = read(each);
            Configuration other = there.putIfAbsent(shown.get("row.service") + "/" + shown.get("row.type"), each);
            if (other != null) {
                surplus.add(each);
            }
        }
        Map<String, Map<String, String>> next = new HashMap<>();
        var todo = new ArrayList<Map.Entry<Configuration, Map<String, String>>>();
        for (ServiceRow row : written) {
            Configuration configuration = there.remove(row.key());
            if (configuration == null) {
                configuration = admin.getFactoryConfiguration(ROW, row.key(), ANYWHERE);
            }
            Map<String, String> shown = shown(row);
            next.put(configuration.getPid(), shown);
            todo.add(Map.entry(configuration, shown));
        }
        rows = next;
        for (var each : todo) {
            show(each.getKey(), each.getValue());
        }
        surplus.addAll(there.values());
        for (Configuration gone : surplus) {
            gone.delete();
        }
    }

    private static void show(Configuration configuration, Map<String, String> values) throws IOException {
        configuration.updateIfDifferent(new Hashtable<>(values));
    }

    private static Map<String, String> shown(ServiceRow row) {
        var values = new TreeMap<>(row.overrides());
        String[] words = MasterCfEditor.render(new ServiceRow(row.name(), row.type(), row.isPrivate(), row.unprivileged(), row.chroot(), row.wakeup(), row.maxproc(), row.command(), List.of(), Map.of(), "", 0)).split(" ");
        for (int i = 0; i < words.length; i++) {
            values.put(COLUMNS.get(i), words[i]);
        }
        values.put("row.arguments", MasterCfEditor.arguments(row));
        return values;
    }

    private Configuration[] configurations(String filter) throws IOException, InvalidSyntaxException {
        Configuration[] found = admin.listConfigurations(filter);
        return found == null ? new Configuration[0] : found;
    }

    /** Without the names that Configuration Admin adds. */
    private static Map<String, String> read(Configuration configuration) {
        var values = new TreeMap<String, String>();
        Dictionary<String, Object> properties = configuration.getProperties();
        if (properties != null) {
            for (String name : java.util.Collections.list(properties.keys())) {
                if (!name.startsWith("service.") && !name.startsWith("felix.")) {
                    values.put(name, text(properties.get(name)));
                }
            }
        }
        return values;
    }

    private static String text(Object value) {
        return switch (value) {
            case Boolean yes -> yes ? "yes" : "no";
            case Object[] array -> String.join(", ", java.util.Arrays.stream(array).map(String::valueOf).toList());
            case Collection<?> list -> String.join(", ", list.stream().map(String::valueOf).toList());
            default -> String.valueOf(value);
        };
    }

    @Override
    public void configurationEvent(ConfigurationEvent event) {
        boolean isMain = MAIN.equals(event.getPid());
        if (!isMain && !ROW.equals(event.getFactoryPid()) || event.getType() == ConfigurationEvent.CM_LOCATION_CHANGED) {
            return;
        }
        try {
            List<ConfigChange> wanted = isMain ? entries(event) : row(event);
            if (wanted.isEmpty()) {
                return;
            }
            List<String> problems = changes.apply(wanted);
            if (problems.isEmpty()) {
                log.info("changed through Configuration Admin: " + event.getPid());
                return;
            }
            problems.forEach(problem -> log.error("change through Configuration Admin refused: " + problem));
            restore(event.getPid());
        } catch (IOException | InvalidSyntaxException | IllegalArgumentException e) {
            log.error("change through Configuration Admin refused: " + e);
        }
    }

    private Map<String, String> now(ConfigurationEvent event) throws IOException, InvalidSyntaxException {
        if (event.getType() == ConfigurationEvent.CM_DELETED) {
            return Map.of();
        }
        Configuration[] found = configurations("(service.pid=" + escaped(event.getPid()) + ")");
        return found.length == 0 ? Map.of() : read(found[0]);
    }

    private static String escaped(String pid) {
        return pid.replaceAll("([\\\\*()])", "\\\\$1");
    }

    private List<ConfigChange> entries(ConfigurationEvent event) throws IOException, InvalidSyntaxException {
        Map<String, String> shown = main;
        Map<String, String> now = now(event);
        if (now.isEmpty()) {
            log.error("change through Configuration Admin refused: " + MAIN + " cannot be deleted");
            restore(MAIN);
            return List.of();
        }
        var wanted = new ArrayList<ConfigChange>();
        var names = new TreeSet<>(shown.keySet());
        names.addAll(now.keySet());
        for (String name : names) {
            if (!Objects.equals(shown.get(name), now.get(name))) {
                wanted.add(new ConfigChange.Entry(name, Optional.ofNullable(now.get(name))));
            }
        }
        return wanted;
    }

    private List<ConfigChange> row(ConfigurationEvent event) throws IOException, InvalidSyntaxException {
        Map<String, String> shown = rows.getOrDefault(event.getPid(), Map.of());
        Map<String, String> now = now(event);
        if (shown.equals(now)) {
            return List.of();
        }
        var wanted = new ArrayList<ConfigChange>();
        String key = shown.get("row.service") + "/" + shown.get("row.type");
        String next = now.get("row.service") + "/" + now.get("row.type");
        if (!shown.isEmpty() && !key.equals(next)) {
            wanted.add(new ConfigChange.Row(key, Optional.empty()));
        }
        if (!now.isEmpty()) {
            wanted.add(new ConfigChange.Row(next, Optional.of(text(now))));
        }
        return wanted;
    }

    private static String text(Map<String, String> row) {
        var out = new StringBuilder();
        for (String column : COLUMNS) {
            out.append(out.isEmpty() ? "" : " ").append(row.getOrDefault(column, "-").strip());
        }
        row.forEach((name, value) -> {
            if (!name.startsWith("row.")) {
                out.append("\n    -o ").append(MasterCfEditor.option(name, value));
            }
        });
        String arguments = row.getOrDefault("row.arguments", "").strip();
        return (arguments.isEmpty() ? out : out.append("\n    ").append(arguments)).toString();
    }

    /** Shows again what is in force. */
    private void restore(String pid) throws IOException, InvalidSyntaxException {
        if (pid.equals(MAIN)) {
            show(admin.getConfiguration(MAIN, ANYWHERE), main);
            return;
        }
        Map<String, String> shown = rows.get(pid);
        if (shown != null) {
            int name = pid.indexOf('~');
            show(name < 0 ? admin.getConfiguration(pid, ANYWHERE) : admin.getFactoryConfiguration(ROW, pid.substring(name + 1), ANYWHERE), shown);
            return;
        }
        for (Configuration stranger : configurations("(service.pid=" + escaped(pid) + ")")) {
            stranger.delete();
        }
    }
}
