// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkListener;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;

/**
 * Runs something once when every bundle that the container starts with is there: each is started and, in Karaf, the boot features are installed. What nobody uses cannot be told before.
 *
 * <p><b>Threads</b> it runs on the thread of whoever is last: the framework's, Karaf's, or the one that calls {@link #watch}.
 */
final class AllStarted implements FrameworkListener, ServiceListener, AutoCloseable {

    /** By name: whether there is a Karaf at all is the distribution's affair. */
    private static final String BOOT_FINISHED = "org.apache.karaf.features.BootFinished";
    private static final String FEATURES = "org.apache.karaf.features.core";

    private final BundleContext context;
    private final Runnable then;
    private volatile boolean levelReached;
    private final AtomicBoolean done = new AtomicBoolean();

    private AllStarted(BundleContext context, Runnable then) {
        this.context = context;
        this.then = then;
    }

    static AllStarted watch(BundleContext context, Runnable then) {
        var watch = new AllStarted(context, then);
        context.addFrameworkListener(watch);
        try {
            context.addServiceListener(watch, "(objectClass=" + BOOT_FINISHED + ")");
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
        watch.look();
        return watch;
    }

    @Override
    public void frameworkEvent(FrameworkEvent event) {
        // Sent when all bundles of the level have been started, or have failed to: nothing more is to be waited for.
        if (event.getType() == FrameworkEvent.STARTLEVEL_CHANGED && context.getBundle(0).adapt(FrameworkStartLevel.class).getStartLevel() >= highest()) {
            levelReached = true;
        }
        look();
    }

    private int highest() {
        return Arrays.stream(context.getBundles()).mapToInt(bundle -> bundle.adapt(BundleStartLevel.class).getStartLevel()).max().orElse(1);
    }

    @Override
    public void serviceChanged(ServiceEvent event) {
        look();
    }

    private void look() {
        if ((levelReached || Arrays.stream(context.getBundles()).allMatch(this::settled)) && featuresInstalled() && done.compareAndSet(false, true)) {
            close();
            then.run();
        }
    }

    /** This bundle alone may have been replaced, in a container that has long been up; then no event comes. */
    private boolean settled(Bundle bundle) {
        BundleStartLevel start = bundle.adapt(BundleStartLevel.class);
        return bundle.getBundleId() == 0 || bundle.equals(context.getBundle()) || !start.isPersistentlyStarted() || bundle.getState() == Bundle.ACTIVE
                || bundle.getState() == Bundle.STARTING && start.isActivationPolicyUsed();
    }

    private boolean featuresInstalled() {
        return context.getServiceReference(BOOT_FINISHED) != null || Arrays.stream(context.getBundles()).noneMatch(bundle -> FEATURES.equals(bundle.getSymbolicName()));
    }

    @Override
    public void close() {
        context.removeFrameworkListener(this);
        context.removeServiceListener(this);
    }
}
