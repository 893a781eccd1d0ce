// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
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

    private final Path directory;
    private final List<ParameterSet> sets = new CopyOnWriteArrayList<>();
    private final List<Consumer<Generation>> listeners = new CopyOnWriteArrayList<>();
    private final ReentrantLock reloading = new ReentrantLock();
    private volatile Generation current;

    @Activate
    public MasterService(BundleContext context) {
        this(directoryFrom(context.getProperty("ostler.config_directory")));
        log().info("daemon started -- version " + current.main().text("mail_version") + ", configuration " + directory);
    }

    @Deactivate
    void deactivate(BundleContext context) {
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
        current = new Generation(1, this.directory, loaded.settings(), loaded.rows());
        loaded.warnings().forEach(log()::warning);
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
        }
    }

    void unbindParameters(ParameterSet set) {
        sets.remove(set);
    }

    @Override
    public Generation current() {
        return current;
    }

    @Override
    public List<String> reload() {
        reloading.lock();
        try {
            var declared = new ArrayList<Parameter<?>>();
            sets.forEach(set -> declared.addAll(set.all()));
            Loaded loaded = ConfigurationFiles.load(directory, declared);
            if (!loaded.problems().isEmpty()) {
                loaded.problems().forEach(log()::error);
                log().error("reload refused, the configuration in force stays: " + directory);
                return loaded.problems();
            }
            current = new Generation(current.number() + 1, directory, loaded.settings(), loaded.rows());
            loaded.warnings().forEach(log()::warning);
            log().info("reload -- version " + current.main().text("mail_version") + ", configuration " + directory);
            listeners.forEach(listener -> tell(listener, current));
            return List.of();
        } finally {
            reloading.unlock();
        }
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

    // One listener's bug must not keep the others on the old generation.
    private void tell(Consumer<Generation> listener, Generation generation) {
        try {
            listener.accept(generation);
        } catch (RuntimeException e) {
            log().error("a listener failed to take configuration " + generation.number() + ": " + e);
        }
    }

    private MailLog log() {
        return MailLog.of(current == null ? "postfix/master" : current.main().text("syslog_name") + "/master");
    }
}
