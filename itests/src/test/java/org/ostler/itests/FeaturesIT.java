// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Collectors;
import javax.inject.Inject;
import org.apache.karaf.features.Dependency;
import org.apache.karaf.features.Feature;
import org.apache.karaf.features.FeaturesService;
import org.junit.Test;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;

/** Parts come and go one by one, by Karaf's features, and leave the others alone. */
public class FeaturesIT extends ContainerTest {

    private static final int DISTURBING = BundleEvent.STOPPED | BundleEvent.UNRESOLVED | BundleEvent.UPDATED | BundleEvent.UNINSTALLED;

    @Inject
    private FeaturesService features;

    @Test
    public void every_part_of_the_aggregate_is_installed_and_required_for_itself() throws Exception {
        Set<String> required = Arrays.stream(features.listRequiredFeatures()).map(Feature::getName).collect(Collectors.toSet());
        Set<String> parts = features.getFeature("ostler").getDependencies().stream()
                .map(Dependency::getName).collect(Collectors.toCollection(TreeSet::new));
        assertFalse(parts.isEmpty());
        parts.removeAll(required);
        assertEquals("parts that cannot be removed by themselves", Set.of(), parts);
    }

    /** All parts that no other part is built on (as lookup-lmdb is on lmdb, and the shell on the console): Karaf keeps those, rightly, until the last that needs them has gone. */
    private List<String> parts() throws Exception {
        var names = new TreeSet<String>();
        var neededByOthers = new TreeSet<String>();
        for (Dependency part : features.getFeature("ostler").getDependencies()) {
            names.add(part.getName());
            features.getFeature(part.getName()).getDependencies().forEach(dependency -> neededByOthers.add(dependency.getName()));
        }
        names.removeAll(neededByOthers);
        return List.copyOf(names);
    }

    @Test
    public void every_part_is_removed_and_installed_again_and_nothing_else_is_refreshed() throws Exception {
        List<String> parts = parts();
        assertTrue(parts.toString(), parts.contains("ostler-dns") && parts.contains("ostler-smtp-server") && parts.contains("ostler-shell") && parts.size() > 15);
        for (String name : parts) {
            Feature feature = features.getFeature(name);
            Set<String> own = feature.getBundles().stream().map(bundle -> bundle.getLocation()).collect(Collectors.toSet());
            Set<String> disturbed = new ConcurrentSkipListSet<>();
            SynchronousBundleListener listener = event -> {
                if ((event.getType() & DISTURBING) != 0 && !own.contains(event.getBundle().getLocation())) {
                    disturbed.add(event.getBundle().getSymbolicName() + " event " + event.getType());
                }
            };
            context.addBundleListener(listener);
            try {
                features.uninstallFeature(name);
                assertFalse(name + " is gone", features.isInstalled(feature));
                features.installFeature(name);
                assertTrue(name + " is back", features.isInstalled(feature));
            } finally {
                context.removeBundleListener(listener);
            }
            assertEquals("disturbed by " + name, Set.of(), disturbed);
        }
    }
}
