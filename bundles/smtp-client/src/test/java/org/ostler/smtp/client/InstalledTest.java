// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;
import org.ostler.mail.tls.TlsReports;
import org.ostler.mail.tls.spi.TlsPolicySource;

/** What manifests promise counts, and not what runs. That the manifests promise what our bundles register is held by BundlesIT. */
class InstalledTest {

    private final List<Bundle> bundles = new ArrayList<>();
    private final BooleanSupplier installed = Installed.offering(TlsPolicySource.class, fake(BundleContext.class, "getBundles", arguments -> bundles.toArray(Bundle[]::new)));

    private interface Answer {
        Object to(Object[] arguments);
    }

    private static <T> T fake(Class<T> type, String name, Answer answer) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            assertThat(method.getName()).isEqualTo(name);
            return answer.to(arguments);
        }));
    }

    /** @param revision null: uninstalled */
    private static Bundle bundle(BundleRevision revision) {
        return fake(Bundle.class, "adapt", arguments -> revision);
    }

    private static Bundle promising(Object classes) {
        BundleCapability capability = fake(BundleCapability.class, "getAttributes", arguments -> Map.of("objectClass", classes));
        return bundle(fake(BundleRevision.class, "getDeclaredCapabilities", arguments -> arguments[0].equals("osgi.service") ? List.of(capability) : List.of()));
    }

    @Test
    void a_bundle_that_promises_the_service_counts_from_its_installation_on() {
        bundles.add(promising(List.of(TlsReports.class.getName())));
        bundles.add(bundle(null));
        assertThat(installed.getAsBoolean()).isFalse();
        bundles.add(promising(List.of(TlsReports.class.getName(), TlsPolicySource.class.getName())));
        assertThat(installed.getAsBoolean()).isTrue();
        bundles.removeLast();
        assertThat(installed.getAsBoolean()).isFalse();
        bundles.add(promising(TlsPolicySource.class.getName()));
        assertThat(installed.getAsBoolean()).isTrue();
    }

    @Test
    void a_bundle_is_gone_when_it_is_uninstalled() {
        BooleanSupplier gone = Installed.goneFrom(fake(BundleContext.class, "getBundle", arguments -> arguments[0].equals(7L) && !bundles.isEmpty() ? bundles.getFirst() : null), 7);
        bundles.add(bundle(null));
        assertThat(gone.getAsBoolean()).isFalse();
        bundles.clear();
        assertThat(gone.getAsBoolean()).isTrue();
        assertThat(Installed.goneFrom(fake(BundleContext.class, "getBundle", _ -> {
            throw new IllegalStateException("stopped");
        }), 7).getAsBoolean()).isFalse();
    }

    @Test
    void a_transport_whose_bundle_is_stopped_sends_nothing_for_want_of_an_answer() {
        BundleContext stopped = fake(BundleContext.class, "getBundles", arguments -> {
            throw new IllegalStateException("BundleContext is no longer valid");
        });
        assertThat(Installed.offering(TlsPolicySource.class, stopped).getAsBoolean()).isTrue();
    }
}
