// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.FrameworkWiring;

/** What operators do to a bundle that works, in turn: stop and start it, update it, put a better one beside it, refresh it, uninstall and install it. One thread. */
final class BundleChanges {

    private static final long PATIENCE_SECONDS = 90;
    private static final int HIGHER_RANKING = 100;

    private interface Action {
        /** @return the bundle that does the work from now on */
        Bundle applyTo(Bundle bundle) throws Exception;
    }

    /** @param name as in: it was stopped and started */
    record Change(String name, Action action) {}

    private final List<Change> changes = List.of(
            new Change("stopped and started", BundleChanges::restart),
            new Change("updated", BundleChanges::update),
            new Change("overtaken", this::overtake),
            new Change("refreshed", this::refresh),
            new Change("installed again", this::install));

    private final BundleContext context;
    /** Made before the changes: packing megabytes anew is no part of them. */
    private final byte[] secondBuild;
    private Bundle bundle;
    private int done;

    BundleChanges(BundleContext context, Bundle bundle) throws Exception {
        this.context = context;
        this.bundle = bundle;
        try (var build = SecondBuild.of(bundle, HIGHER_RANKING)) {
            secondBuild = build.readAllBytes();
        }
    }

    /** The bundle as it is now. */
    Bundle bundle() {
        return bundle;
    }

    Change next() {
        return changes.get(done % changes.size());
    }

    void apply(Change change) throws Exception {
        bundle = change.action.applyTo(bundle);
        done++;
    }

    private static Bundle restart(Bundle bundle) throws Exception {
        bundle.stop();
        bundle.start();
        return bundle;
    }

    private static Bundle update(Bundle bundle) throws Exception {
        bundle.update();
        return bundle;
    }

    /** Both are there for a moment; then the first goes, comes back, and the second goes. */
    private Bundle overtake(Bundle first) throws Exception {
        Bundle second = context.installBundle("test:second-build", new ByteArrayInputStream(secondBuild));
        second.adapt(BundleStartLevel.class).setStartLevel(first.adapt(BundleStartLevel.class).getStartLevel());
        second.start();
        first.stop();
        first.start();
        second.uninstall();
        return first;
    }

    private Bundle refresh(Bundle current) throws Exception {
        var refreshed = new CountDownLatch(1);
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class).refreshBundles(List.of(current), event -> refreshed.countDown());
        assertTrue("refreshed", refreshed.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        return current;
    }

    private Bundle install(Bundle old) throws Exception {
        int level = old.adapt(BundleStartLevel.class).getStartLevel();
        old.uninstall();
        Bundle again = context.installBundle(old.getLocation());
        again.adapt(BundleStartLevel.class).setStartLevel(level);
        again.start();
        return again;
    }
}
