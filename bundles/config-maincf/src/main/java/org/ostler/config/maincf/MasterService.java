// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.SynchronousConfigurationListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.config.maincf.Loaded.Texts;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.config.ConfigChange;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.PostfixDefaults;
import org.ostler.mail.log.MailLog;

/**
 * The running configuration.
 *
 * <h2>Description</h2>
 * Loads the directory named by the property {@code ostler.config_directory} (else the environment variable {@code MAIL_CONFIG}, else {@code /etc/postfix}). A directory with a problem does not start: the
 * component fails, each problem is a {@code fatal:} line. {@link #reload} checks a whole new generation, then swaps it.
 *
 * <h2>Diagnostics</h2>
 * {@code postfix/master[pid]: daemon started -- version ..., configuration DIR}, {@code reload -- version ..., configuration DIR}, {@code terminating on signal 15}; warnings for unused and unsupported parameters.
 *
 * <p><b>Threads</b> any; listeners are called in order under the reload lock.
 */
@Component(name = "master", service = Configuration.class, immediate = true)
public final class MasterService implements Configuration {

    private static final int UNDO_LIMIT = 20;

    private record Step(Texts before, Texts after) {}

    private final Path directory;
    private final List<ParameterSet> sets = new CopyOnWriteArrayList<>();
    private final List<Consumer<Generation>> listeners = new CopyOnWriteArrayList<>();
    private final ReentrantLock reloading = new ReentrantLock();
    /** Under the reload lock: the texts of the generation in force, and what can be undone, the latest last. */
    private Texts inForce;
    private List<ServiceRow> written;
    private final ArrayDeque<Step> undoable = new ArrayDeque<>();
    private AdminView view;
    private ServiceRegistration<?> listening;
    private volatile Generation current;
    private AllStarted start;

    @Activate
    public MasterService(BundleContext context) {
        this(directoryFrom(context.getProperty("ostler.config_directory")));
        log().info("daemon started -- version " + current.main().text("mail_version") + ", configuration " + directory);
    }

    // The constructor has none of the other bundles' parameters yet: what it took for unused may be theirs.
    @Activate
    void watch(BundleContext context) {
        start = AllStarted.watch(context, this::tellUnused);
    }

    void tellUnused() {
        reloading.lock();
        try {
            ConfigurationFiles.load(directory, inForce, sets, new ArrayList<>()).unused().forEach(log()::warning);
        } finally {
            reloading.unlock();
        }
    }

    @Deactivate
    void deactivate(BundleContext context) {
        start.close();
        // Silent where this bundle alone is replaced.
        if (context.getBundle(0).getState() == Bundle.STOPPING) {
            log().info("terminating on signal 15");
        }
    }

    /** Without a container. Throws {@link IllegalStateException} naming the problems of a bad directory. */
    public MasterService(Path directory) {
        this.directory = directory.toAbsolutePath().normalize();
        Loaded loaded = ConfigurationFiles.load(this.directory, List.of());
        if (!loaded.problems().isEmpty()) {
            loaded.problems().forEach(problem -> MailLog.of("postfix/master").fatal(problem));
            throw new IllegalStateException(String.join("\n", loaded.problems()));
        }
        inForce = loaded.texts();
        written = loaded.written();
        current = new Generation(1, this.directory, loaded.settings(), loaded.rows());
        loaded.warnings().forEach(log()::warning);
        localeWarning(System.getProperty("sun.jnu.encoding", "")).ifPresent(log()::warning);
    }

    /** The launcher sees to it; a server that something else starts may be without. @param encoding in which Java takes file names and the environment */
    static Optional<String> localeWarning(String encoding) {
        return encoding.equalsIgnoreCase("UTF-8") ? Optional.empty() : Optional.of("the locale is not UTF-8 but " + encoding
                + ": tables, mailboxes and commands whose names are not ASCII do not work: start the server by \"ostler start\", or with LC_ALL=C.UTF-8 in the environment");
    }

    private static Path directoryFrom(String property) {
        if (property != null) {
            return Path.of(property);
        }
        String environment = System.getenv("MAIL_CONFIG");
        return Path.of(environment != null ? environment : "/etc/postfix");
    }

    // The sets of other bundles come and go with them; a new one is checked against the generation in force, so that a bad value is named at once.
    @Reference(service = ParameterSet.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindParameters(ParameterSet set) {
        sets.add(set);
        Generation generation = current;
        if (generation != null) {
            for (Parameter<?> parameter : set.all()) {
                try {
                    generation.main().get(parameter);
                } catch (BadValueException e) {
                    log().fatal(directory + "/main.cf: " + e.getMessage());
                }
            }
            showNewNames(set);
        }
    }

    private void showNewNames(ParameterSet set) {
        if (set.all().stream().anyMatch(parameter -> PostfixDefaults.of(parameter.name()).isEmpty())) {
            reloading.lock();
            try {
                show();
            } finally {
                reloading.unlock();
            }
        }
    }

    void unbindParameters(ParameterSet set) {
        sets.remove(set);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.OPTIONAL)
    void bindAdmin(ConfigurationAdmin admin) {
        reloading.lock();
        try {
            var next = new AdminView(admin, log(), this::change);
            view = next;
            show();
            BundleContext own = FrameworkUtil.getBundle(MasterService.class).getBundleContext();
            listening = own.registerService(SynchronousConfigurationListener.class, next, null);
        } finally {
            reloading.unlock();
        }
    }

    void unbindAdmin(ConfigurationAdmin admin) {
        reloading.lock();
        try {
            if (view != null && view.of(admin)) {
                view = null;
                listening.unregister();
            }
        } finally {
            reloading.unlock();
        }
    }

    /** Under the reload lock. */
    private void show() {
        if (view != null) {
            view.publish(current, written, declared());
        }
    }

    @Override
    public Generation current() {
        return current;
    }

    @Override
    public List<String> reload() {
        reloading.lock();
        try {
            Loaded loaded = ConfigurationFiles.load(directory, sets);
            if (!loaded.problems().isEmpty()) {
                loaded.problems().forEach(log()::error);
                log().error("reload refused, the configuration in force stays: " + directory);
                return loaded.problems();
            }
            take(loaded);
            return List.of();
        } finally {
            reloading.unlock();
        }
    }

    @Override
    public List<String> check() {
        return ConfigurationFiles.load(directory, sets).problems();
    }

    @Override
    public List<String> change(List<ConfigChange> changes) {
        reloading.lock();
        try {
            Texts before = inForce;
            List<String> bad = Changes.malformed(changes);
            List<String> problems = bad.isEmpty() ? replace(Changes.apply(before, changes)) : bad;
            if (problems.isEmpty()) {
                undoable.addLast(new Step(before, inForce));
                if (undoable.size() > UNDO_LIMIT) {
                    undoable.removeFirst();
                }
            }
            return problems;
        } finally {
            reloading.unlock();
        }
    }

    @Override
    public List<String> undo() {
        reloading.lock();
        try {
            Step last = undoable.peekLast();
            if (last == null) {
                return List.of("there is no change to undo");
            }
            if (!last.after.equals(inForce)) {
                return List.of("the files were edited and applied after that change: undo would lose those edits");
            }
            List<String> problems = replace(last.before);
            if (problems.isEmpty()) {
                undoable.removeLast();
            }
            return problems;
        } finally {
            reloading.unlock();
        }
    }

    /** Checks, writes and applies; nothing is written where there is a problem. */
    private List<String> replace(Texts next) {
        var problems = new ArrayList<String>();
        if (!ConfigurationFiles.read(directory, problems).equals(inForce) && problems.isEmpty()) {
            problems.add(directory + ": main.cf or master.cf was edited since it was last applied: reload first");
        }
        if (!problems.isEmpty()) {
            return problems;
        }
        Loaded loaded = ConfigurationFiles.load(directory, next, sets, problems);
        if (!loaded.problems().isEmpty()) {
            return loaded.problems();
        }
        try {
            Changes.write(directory, inForce, next);
        } catch (IOException e) {
            return List.of("cannot write the configuration: " + e);
        }
        take(loaded);
        return List.of();
    }

    private void take(Loaded loaded) {
        inForce = loaded.texts();
        written = loaded.written();
        current = new Generation(current.number() + 1, directory, loaded.settings(), loaded.rows());
        loaded.warnings().forEach(log()::warning);
        loaded.unused().forEach(log()::warning);
        log().info("reload -- version " + current.main().text("mail_version") + ", configuration " + directory);
        listeners.forEach(listener -> tell(listener, current));
        show();
    }

    private List<Parameter<?>> declared() {
        var declared = new ArrayList<Parameter<?>>();
        sets.forEach(set -> declared.addAll(set.all()));
        return declared;
    }

    @Override
    public AutoCloseable onChange(Consumer<Generation> listener) {
        reloading.lock();
        try {
            listeners.add(listener);
            tell(listener, current);
            return () -> listeners.remove(listener);
        } finally {
            reloading.unlock();
        }
    }

    // One listener's bug, or its bundle that is just being replaced, must not keep the others on the old generation.
    private void tell(Consumer<Generation> listener, Generation generation) {
        try {
            listener.accept(generation);
        } catch (RuntimeException | LinkageError e) {
            log().error("a listener failed to take configuration " + generation.number() + ": " + e);
        }
    }

    private MailLog log() {
        return MailLog.of(current == null ? "postfix/master" : current.main().text("syslog_name") + "/master");
    }
}
