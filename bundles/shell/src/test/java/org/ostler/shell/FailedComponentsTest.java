// SPDX-License-Identifier: Apache-2.0
package org.ostler.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

/** With the real Declarative Services. */
class FailedComponentsTest {

    @TempDir
    Path dir;
    private SmallFramework rig;
    private KeptBundles bundles;
    private final List<String> said = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        rig = new SmallFramework(dir);
        bundles = rig.bundles();
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    /** The bundle is active for all that. */
    @Test
    void a_build_whose_component_fails_goes_and_the_old_one_is_back() throws Exception {
        Bundle bundle = bundles.install(part("1.0.0", Works.class));

        assertThatThrownBy(() -> update(bundle, part("2.0.0", Throws.class))).isInstanceOf(BundleException.class)
                .hasMessageStartingWith("a.part 2.0.0 does not start: component the.component fails: ").hasMessageContaining("no room at the inn").hasMessageEndingWith("; 1.0.0 is back");

        assertRuns(bundle, "1.0.0");
        assertThat(bundle.getRegisteredServices()).hasSize(1);

        assertThatThrownBy(() -> bundles.install(part("other.part", "1.0.0", Throws.class, ""))).isInstanceOf(BundleException.class).hasMessageStartingWith("component the.component fails: ");
        assertThat(rig.framework().getBundleContext().getBundles()).hasSize(rig.own() + 1);
    }

    @Test
    void a_component_that_waits_for_a_neighbour_has_not_failed() throws Exception {
        Bundle bundle = bundles.install(part("1.0.0", Works.class));
        update(bundle, part("a.part", "2.0.0", Throws.class, "<reference name=\"r\" interface=\"no.such.Service\"/>"));
        assertRuns(bundle, "2.0.0");
        assertThat(said).isEmpty();
    }

    /** Otherwise nobody could put a bundle right step by step. */
    @Test
    void what_failed_before_is_told_of_and_hinders_no_update() throws Exception {
        Bundle bundle = rig.framework().getBundleContext().installBundle(part("1.0.0", Throws.class));
        bundle.start();

        update(bundle, part("1.1.0", Throws.class));
        assertRuns(bundle, "1.1.0");
        assertThat(said).singleElement().asString().startsWith("a.part 1.1.0: component the.component fails, as it did before: ").contains("no room at the inn");

        bundle.stop();
        assertThatThrownBy(() -> bundles.start(bundle)).isInstanceOf(BundleException.class).hasMessageContaining("component the.component fails: ");
    }

    private void update(Bundle bundle, String location) throws Exception {
        bundles.update(bundle, location, said::add);
    }

    private static void assertRuns(Bundle bundle, String version) {
        assertThat(bundle.getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(bundle.getVersion()).hasToString(version);
    }

    /** What a part may consist of. Declarative Services makes it in the framework. */
    public static final class Works implements Runnable {
        @Override
        public void run() {}
    }

    /** As a constructor does that finds no port free. */
    public static final class Throws implements Runnable {
        public Throws() {
            throw new IllegalStateException("no room at the inn");
        }

        @Override
        public void run() {}
    }

    private String part(String version, Class<?> component) throws IOException {
        return part("a.part", version, component, "");
    }

    private String part(String name, String version, Class<?> component, String more) throws IOException {
        String described = """
            <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="the.component" immediate="true">
              <implementation class="%s"/><service><provide interface="java.lang.Runnable"/></service>%s
            </scr:component>
            """.formatted(component.getName(), more);
        return rig.jar(name, version, "Service-Component: OSGI-INF/it.xml\n", Map.of("OSGI-INF/it.xml", described.getBytes(), classFile(component), bytes(component)));
    }

    private static String classFile(Class<?> type) {
        return type.getName().replace('.', '/') + ".class";
    }

    private static byte[] bytes(Class<?> type) throws IOException {
        try (var in = type.getClassLoader().getResourceAsStream(classFile(type))) {
            return in.readAllBytes();
        }
    }
}
