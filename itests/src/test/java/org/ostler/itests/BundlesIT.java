// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import javax.inject.Inject;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/** Everything that was installed is there and works together. */
public class BundlesIT extends ContainerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    private ServiceComponentRuntime components;

    @Test
    public void all_our_bundles_are_active() {
        List<Bundle> ours = ours();
        assertFalse("no bundle of ours is installed", ours.isEmpty());
        assertEventuallyNone("bundles that are not active", () -> ours.stream()
                .filter(bundle -> bundle.getState() != Bundle.ACTIVE)
                .map(Bundle::getSymbolicName)
                .toList());
    }

    @Test
    public void all_our_components_are_satisfied() {
        assertEventuallyNone("components that are not satisfied", this::unsatisfied);
    }

    /** What `ostler tailor` reads: a service, table type or program that no manifest states would be missing in what it makes. */
    @Test
    public void manifests_state_what_is_offered() {
        var unstated = new TreeSet<String>();
        for (Bundle bundle : ours()) {
            ServiceReference<?>[] services = bundle.getRegisteredServices();
            for (ServiceReference<?> service : services == null ? new ServiceReference<?>[0] : services) {
                unstated.addAll(unstated(bundle, "osgi.service", "objectClass", service.getProperty(Constants.OBJECTCLASS)));
                unstated.addAll(unstated(bundle, "org.ostler.table", "org.ostler.table", service.getProperty("table.type")));
                unstated.addAll(unstated(bundle, "org.ostler.program", "org.ostler.program", service.getProperty("program")));
            }
        }
        assertEquals("offered, but in no manifest", Set.of(), unstated);
    }

    private static List<String> unstated(Bundle bundle, String namespace, String attribute, Object offered) {
        var stated = new TreeSet<String>();
        bundle.adapt(BundleWiring.class).getCapabilities(namespace).forEach(capability -> stated.addAll(words(capability.getAttributes().get(attribute))));
        return words(offered).stream().filter(word -> !stated.contains(word)).map(word -> bundle.getSymbolicName() + ": " + namespace + " " + word).toList();
    }

    private static List<String> words(Object property) {
        return switch (property) {
            case null -> List.of();
            case String[] several -> List.of(several);
            case List<?> several -> several.stream().map(String::valueOf).toList();
            default -> List.of(property.toString());
        };
    }

    private List<Bundle> ours() {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getSymbolicName().startsWith("org.ostler."))
                .toList();
    }

    private List<String> unsatisfied() {
        var troubles = new ArrayList<String>();
        for (ComponentDescriptionDTO component : components.getComponentDescriptionDTOs(ours().toArray(Bundle[]::new))) {
            var configurations = components.getComponentConfigurationDTOs(component);
            if (configurations.isEmpty()) {
                troubles.add(component.name + ": no configuration");
            }
            for (ComponentConfigurationDTO configuration : configurations) {
                if (configuration.state != ComponentConfigurationDTO.ACTIVE
                        && configuration.state != ComponentConfigurationDTO.SATISFIED) {
                    troubles.add(component.name + ": " + reason(configuration));
                }
            }
        }
        return troubles;
    }

    private static String reason(ComponentConfigurationDTO configuration) {
        if (configuration.failure != null) {
            return configuration.failure.lines().findFirst().orElse("failed");
        }
        return "waits for " + Arrays.stream(configuration.unsatisfiedReferences).map(reference -> reference.name).toList();
    }

    /** The container reports "started" a moment before the last component is. */
    private static void assertEventuallyNone(String what, Supplier<List<String>> troubles) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        List<String> left = troubles.get();
        while (!left.isEmpty() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            left = troubles.get();
        }
        assertEquals(what, List.of(), left);
    }
}
