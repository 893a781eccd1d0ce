// SPDX-License-Identifier: Apache-2.0
package org.ostler.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.framework.wiring.BundleRevisions;
import org.osgi.framework.wiring.FrameworkWiring;
import org.ostler.mail.log.MailLog;

/**
 * Changes bundles whole or not at all, and keeps a copy of each that an operator installed by hand, below the instance's {@code karaf/bundles}.
 *
 * <p>Whole: what cannot be right is refused before anything happens, and a build that does not resolve or start goes again. After an update that failed the bundle runs as it was, and mail has only waited.
 *
 * <p>Copies: an upgrade of Ostler empties the instance's bundle cache. What the distribution holds comes back from there; what was installed by hand would be gone, and mail that needs it would wait for somebody to notice.
 *
 * <p><b>Threads</b> any; one change at a time. <b>Blocking</b> reads the jar, waits for other changes. <b>Errors</b> {@link BundleException} and {@link IOException}, in an operator's words.
 */
final class KeptBundles {

    /** Where tables start: after a part that was installed by hand nobody is left, at a stop, who would ask it. See features/src/main/feature/feature.xml. */
    private static final int PART_LEVEL = 65;
    private static final String JAR = ".jar";
    private static final long PATIENCE_SECONDS = 30;

    private final BundleContext root;
    private final Path folder;
    private final MailLog log;
    private final FailedComponents components;
    private final ReentrantLock changing = new ReentrantLock();

    /** Until it is closed, by the same thread, nobody else changes a bundle. */
    interface Alone extends AutoCloseable {
        @Override
        void close();
    }

    KeptBundles(BundleContext root, Path folder, FailedComponents components, MailLog log) {
        this.root = root;
        this.folder = folder;
        this.components = components;
        this.log = log;
    }

    Bundle install(String location) throws BundleException, IOException {
        try (BundleJar jar = BundleJar.read(location, folder); var _ = alone()) {
            refuseSecond(jar);
            return start(location, jar, true);
        }
    }

    /** An update in between would start what is being stopped, or stop it while it starts. */
    void start(Bundle bundle) throws BundleException, IOException {
        try (var _ = alone()) {
            bundle.start();
            refuseFailed(bundle, Set.of());
        }
    }

    /** As for {@link #start}. */
    void stop(Bundle bundle) throws BundleException, IOException {
        try (var _ = alone()) {
            bundle.stop();
        }
    }

    /**
     * Of a bundle of the distribution no copy is kept: after an upgrade the distribution's own is right.
     *
     * @param say takes a line where the new build is not used by everybody at once
     */
    void update(Bundle bundle, String location, Consumer<String> say) throws BundleException, IOException {
        try (BundleJar jar = BundleJar.read(location, folder); var _ = alone()) {
            refuseOther(bundle, location, jar);
            try (BundleJar old = BundleJar.of(bundle, folder)) {
                replace(bundle, jar, old);
            }
            if (isKept(bundle)) {
                jar.moveTo(copyOf(bundle));
            }
            components.of(bundle).forEach((name, reason) -> say.accept(jar + ": component " + name + " fails, as it did before: " + reason));
            if (jar.fragmentHost() != null || bundle.adapt(BundleRevisions.class).getRevisions().size() > 1) {
                say.accept(jar + ": bundles that are wired to the old one go on with it until the server is started again");
            }
        }
    }

    /** A name that is none, as a feature's bundle might have, is no file of ours. */
    private boolean isKept(Bundle bundle) {
        return BundleJar.isName(bundle.getSymbolicName()) && Files.exists(copyOf(bundle));
    }

    void uninstall(Bundle bundle) throws BundleException, IOException {
        try (var _ = alone()) {
            boolean kept = isKept(bundle);
            bundle.uninstall();
            if (kept) {
                Files.deleteIfExists(copyOf(bundle));
            }
        }
    }

    /** Those of which there is a copy only. One that does not start stays away, and stays kept: the log says why. */
    void restore() {
        for (Path copy : files()) {
            String name = copy.getFileName().toString();
            if (name.endsWith(BundleJar.UNFINISHED)) {
                delete(copy);
            } else if (name.endsWith(JAR)) {
                restore(copy, name.substring(0, name.length() - JAR.length()));
            }
        }
    }

    private void restore(Path copy, String symbolicName) {
        if (Arrays.stream(root.getBundles()).anyMatch(bundle -> symbolicName.equals(bundle.getSymbolicName()))) {
            return;
        }
        String location = copy.toUri().toString();
        try (BundleJar jar = BundleJar.read(location, folder)) {
            start(location, jar, false);
            log.info("installed again: " + jar);
        } catch (BundleException | IOException | IllegalStateException e) {
            log.error(symbolicName + " was installed by hand and does not start here: " + reason(e));
        }
    }

    private void refuseSecond(BundleJar jar) throws IOException {
        for (Bundle bundle : root.getBundles()) {
            if (jar.symbolicName().equals(bundle.getSymbolicName())) {
                // A second one of a part would stand idle behind the first, and of two libraries a part may get either.
                throw new IOException(jar.symbolicName() + " is here already, as bundle " + bundle.getBundleId() + ", version " + bundle.getVersion() + ": use update");
            }
        }
        if (jar.fragmentHost() != null) {
            throw new IOException(jar + " is a fragment of " + jar.fragmentHost() + ", which would go on without it: ship it in a distribution");
        }
    }

    private static void refuseOther(Bundle bundle, String location, BundleJar jar) throws IOException {
        if (!jar.symbolicName().equals(bundle.getSymbolicName())) {
            throw new IOException(location + " is " + jar + ", not " + bundle.getSymbolicName() + ": nothing was changed");
        }
        boolean wasFragment = bundle.getHeaders("").get(Constants.FRAGMENT_HOST) != null;
        if (wasFragment != (jar.fragmentHost() != null)) {
            throw new IOException(location + " is " + (wasFragment ? "no fragment, unlike " : "a fragment, unlike ") + bundle.getSymbolicName() + " " + bundle.getVersion() + ": nothing was changed");
        }
    }

    private Bundle start(String location, BundleJar jar, boolean keep) throws BundleException, IOException {
        Bundle bundle = root.installBundle(location, jar.open());
        try {
            bundle.adapt(BundleStartLevel.class).setStartLevel(PART_LEVEL);
            bundle.start();
            if (keep) {
                refuseFailed(bundle, Set.of());
                jar.moveTo(copyOf(bundle));
            }
            return bundle;
        } catch (BundleException | IOException | RuntimeException e) {
            bundle.uninstall();
            throw e;
        }
    }

    private void replace(Bundle bundle, BundleJar jar, BundleJar old) throws BundleException, IOException {
        // What did not work before keeps nobody from putting the rest right.
        Set<String> failed = components.of(bundle).keySet();
        boolean toRun = bundle.getState() == Bundle.ACTIVE || bundle.adapt(BundleStartLevel.class).isPersistentlyStarted();
        try {
            put(bundle, jar, toRun, failed);
        } catch (BundleException | IOException | RuntimeException e) {
            String failure = jar + " does not start: " + reason(e);
            try {
                put(bundle, old, toRun, failed);
            } catch (BundleException | IOException | RuntimeException again) {
                failure += "; " + old.version() + " is back and does not start either: " + reason(again);
                log.error(failure);
                throw new BundleException(failure);
            }
            failure += "; " + old.version() + " is back";
            log.warning(failure);
            throw new BundleException(failure);
        }
    }

    private void put(Bundle bundle, BundleJar jar, boolean toRun, Set<String> failedBefore) throws BundleException, IOException {
        bundle.update(jar.open());
        if (toRun) {
            // An update starts only what ran before it, and not what an earlier one has left without its imports.
            bundle.start(bundle.adapt(BundleStartLevel.class).isActivationPolicyUsed() ? Bundle.START_ACTIVATION_POLICY : 0);
            boolean due = bundle.adapt(BundleStartLevel.class).getStartLevel() <= root.getBundle().adapt(FrameworkStartLevel.class).getStartLevel();
            if (due && bundle.getState() != Bundle.ACTIVE && bundle.getState() != Bundle.STARTING) {
                throw new BundleException("not active after its start");
            }
            refuseFailed(bundle, failedBefore);
        } else if (!root.getBundle().adapt(FrameworkWiring.class).resolveBundles(List.of(bundle))) {
            throw new BundleException("not all that it needs is here");
        }
    }

    /** Declarative Services has tried by now: it activates in the thread that starts a bundle. */
    private void refuseFailed(Bundle bundle, Set<String> failedBefore) throws BundleException {
        Map<String, String> failed = components.of(bundle);
        failed.keySet().removeAll(failedBefore);
        if (!failed.isEmpty()) {
            throw new BundleException(failed.entrySet().stream().map(each -> "component " + each.getKey() + " fails: " + each.getValue()).collect(Collectors.joining("; ")));
        }
    }

    /** @throws IOException where somebody else's change does not end */
    Alone alone() throws IOException {
        try {
            if (!changing.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("another change of a bundle has not ended for " + PATIENCE_SECONDS + " seconds: nothing was changed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted: nothing was changed", e);
        }
        return changing::unlock;
    }

    private Path copyOf(Bundle bundle) {
        return folder.resolve(bundle.getSymbolicName() + JAR);
    }

    private List<Path> files() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            log.error("bundles that were installed by hand: " + e.getMessage());
            return List.of();
        }
    }

    private void delete(Path unfinished) {
        try {
            Files.deleteIfExists(unfinished);
        } catch (IOException e) {
            log.warning(unfinished + " is left over and cannot be deleted: " + e.getMessage());
        }
    }

    /** An activator's own words are in the cause. */
    static String reason(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure.getMessage() + (cause == null || failure instanceof IOException ? "" : " (" + cause + ")");
    }
}
