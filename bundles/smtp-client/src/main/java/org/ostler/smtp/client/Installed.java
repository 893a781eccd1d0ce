// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleRevision;

/**
 * Which services are to be expected: those that a manifest promises ({@code Provide-Capability: osgi.service}). A bundle that is late, or could not be started, has no service yet, and is part of the server all the same.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> never.
 */
final class Installed {

    private static final String SERVICE = "osgi.service";
    private static final String CLASSES = "objectClass";

    private Installed() {}

    /** Asks, each time, whether there is a bundle that offers the service when it runs. */
    static BooleanSupplier offering(Class<?> service, BundleContext context) {
        return () -> {
            try {
                return Arrays.stream(context.getBundles()).anyMatch(bundle -> isOffering(bundle, service.getName()));
            } catch (IllegalStateException e) {
                // Our own bundle is stopped, and has deliveries in progress: whom it cannot ask it expects.
                return true;
            }
        };
    }

    /**
     * Asks, each time, whether a bundle was uninstalled; one that is stopped, updated or refreshed is not.
     *
     * @param id and not the bundle itself, which would stay in memory
     */
    static BooleanSupplier goneFrom(BundleContext context, long id) {
        return () -> {
            try {
                return context.getBundle(id) == null;
            } catch (IllegalStateException e) {
                // As above.
                return false;
            }
        };
    }

    private static boolean isOffering(Bundle bundle, String service) {
        // Null where it has just been uninstalled.
        BundleRevision now = bundle.adapt(BundleRevision.class);
        return now != null && now.getDeclaredCapabilities(SERVICE).stream().anyMatch(offered -> switch (offered.getAttributes().get(CLASSES)) {
            case List<?> names -> names.contains(service);
            case String name -> name.equals(service);
            case null, default -> false;
        });
    }
}
