// SPDX-License-Identifier: Apache-2.0
package org.ostler.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.startlevel.BundleStartLevel;

/** In a real framework, the one that Karaf runs on. */
class KeptBundlesTest {

    private static final String MISSING = "Import-Package: no.such.place\n";
    @TempDir
    Path dir;
    private SmallFramework rig;
    private Framework framework;
    private Path folder;
    private KeptBundles bundles;
    private final List<String> said = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        rig = new SmallFramework(dir);
        framework = rig.framework();
        folder = rig.folder();
        bundles = rig.bundles();
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void a_build_that_does_not_resolve_goes_and_the_old_one_is_back() throws Exception {
        Bundle bundle = bundles.install(jar("a.part", "1.0.0", ""));

        assertThatThrownBy(() -> update(bundle, jar("a.part", "2.0.0", MISSING))).isInstanceOf(BundleException.class)
                .hasMessageStartingWith("a.part 2.0.0 does not start: ").hasMessageContaining("no.such.place").hasMessageEndingWith("; 1.0.0 is back");

        assertRuns(bundle, "1.0.0");
        assertThat(bundles.install(jar("other.part", "1.0.0", "")).getState()).as("nothing is left locked").isEqualTo(Bundle.ACTIVE);
        keepsOnly("a.part 1.0.0", "other.part 1.0.0");
    }

    @Test
    void what_comes_back_is_what_ran_and_not_what_its_location_holds_by_now() throws Exception {
        Bundle bundle = framework.getBundleContext().installBundle(jar("a.part", "1.0.0", ""));
        bundle.start();
        update(bundle, jar("a.part", "1.1.0", ""));

        assertThatThrownBy(() -> update(bundle, jar("a.part", "2.0.0", "Bundle-Activator: no.such.Activator\n"))).hasMessageContaining("no.such.Activator").hasMessageEndingWith("; 1.1.0 is back");

        assertRuns(bundle, "1.1.0");
        assertThat(bundle.getEntry("there/is content").openStream().readAllBytes()).asString().isEqualTo("1.1.0");
        keepsOnly();
    }

    @Test
    void after_an_update_a_bundle_that_was_to_run_runs() throws Exception {
        Bundle bundle = framework.getBundleContext().installBundle(jar("a.part", "9.9.9", MISSING));
        assertThatThrownBy(bundle::start).isInstanceOf(BundleException.class);
        assertThat(bundle.getState()).isEqualTo(Bundle.INSTALLED);

        update(bundle, jar("a.part", "1.0.0", ""));

        assertRuns(bundle, "1.0.0");
    }

    @Test
    void a_bundle_that_was_stopped_stays_so_but_must_resolve() throws Exception {
        Bundle bundle = bundles.install(jar("a.part", "1.0.0", ""));
        bundle.stop();

        update(bundle, jar("a.part", "1.1.0", ""));
        assertThatThrownBy(() -> update(bundle, jar("a.part", "2.0.0", MISSING))).hasMessageEndingWith("; 1.1.0 is back");

        assertThat(bundle.getState()).isEqualTo(Bundle.RESOLVED);
        assertThat(bundle.getVersion()).hasToString("1.1.0");
        keepsOnly("a.part 1.1.0");
    }

    @Test
    void a_jar_of_another_name_or_kind_replaces_nothing() throws Exception {
        Bundle bundle = bundles.install(jar("a.part", "1.0.0", ""));
        String other = jar("other.part", "1.0.0", "");

        assertThatThrownBy(() -> update(bundle, other)).hasMessage(other + " is other.part 1.0.0, not a.part: nothing was changed");
        assertThatThrownBy(() -> update(bundle, jar("a.part", "2.0.0", "Fragment-Host: other.part\n"))).hasMessageContaining("is a fragment, unlike a.part 1.0.0");

        assertRuns(bundle, "1.0.0");
        keepsOnly("a.part 1.0.0");
    }

    @Test
    void what_is_no_bundle_is_refused_before_anything_happens() throws Exception {
        int before = framework.getBundleContext().getBundles().length;
        Path whole = Path.of(java.net.URI.create(jar("a.part", "1.0.0", "")));
        byte[] bytes = Files.readAllBytes(whole);
        Path cut = Files.write(dir.resolve("cut.jar"), java.util.Arrays.copyOf(bytes, bytes.length - 30));
        Path damaged = Files.write(dir.resolve("damaged.jar"), damaged(bytes));

        refused(jar(null, null, ""), "is no OSGi bundle: it needs the headers Bundle-ManifestVersion: 2 and Bundle-SymbolicName");
        refused(Files.writeString(dir.resolve("text.jar"), "no zip").toUri().toString(), "text.jar is no jar, or a damaged one: ");
        refused(cut.toUri().toString(), "cut.jar is no jar, or a damaged one: ");
        refused(damaged.toUri().toString(), "damaged.jar is no jar, or a damaged one: ");
        refused(dir.resolve("missing.jar").toUri().toString(), "missing.jar (No such file or directory)");
        refused(dir.toUri().toString(), " is no regular file");
        refused("file:/tmp/%00", "file:/tmp/%00: Nul character not allowed");
        refused("target/missing.jar", "target/missing.jar is neither a file nor a URL");
        refused("a b.jar", "a b.jar is neither a file nor a URL");
        refused("nothing:at/all", "nknown protocol: nothing");
        refused(jar("../../escape", "1.0.0", ""), "bad Bundle-SymbolicName \"../../escape\"");
        refused(jar("a..part", "1.0.0", ""), "bad Bundle-SymbolicName \"a..part\"");
        refused(jar("a.part", "one", ""), "bad Bundle-Version: ");
        refused(jar("a.part", "1.0.0", "Fragment-Host: other.part\n"), "a.part 1.0.0 is a fragment of other.part");
        refused(jar("a.part", "1.0.0", MISSING), "no.such.place");

        assertThat(framework.getBundleContext().getBundles()).hasSize(before);
        keepsOnly();
    }

    @Test
    @Timeout(60)
    void a_host_that_does_not_answer_is_not_waited_for_without_end() throws Exception {
        try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String location = "http://127.0.0.1:" + silent.getLocalPort() + "/a.part.jar";
            assertThatThrownBy(() -> BundleJar.read(location, folder, new Download(Duration.ofMillis(1), Duration.ofSeconds(30)))).isInstanceOf(IOException.class).hasMessage(location + ": Read timed out");
        }
        keepsOnly();
    }

    /** Nothing in Java ends an open(2) that waits for somebody to write. */
    @Test
    @Timeout(60)
    void a_pipe_is_refused_and_one_in_disguise_is_given_up() throws Exception {
        Path pipe = dir.resolve("pipe.jar");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        refused(pipe.toUri().toString(), "pipe.jar is no regular file");
        refused("file:" + pipe, "pipe.jar is no regular file");

        String disguised = "jar:" + pipe.toUri() + "!/a.part.jar";
        assertThatThrownBy(() -> BundleJar.read(disguised, folder, new Download(Duration.ofSeconds(20), Duration.ofMillis(100)))).isInstanceOf(IOException.class)
                .hasMessage(disguised + ": has not come whole within 0 seconds");
        keepsOnly();
        // So that its thread ends, too.
        Files.newOutputStream(pipe).close();
    }

    @Test
    @Timeout(60)
    void nobody_starts_or_stops_a_bundle_in_the_midst_of_another_change() throws Exception {
        Bundle bundle = bundles.install(jar("a.part", "1.0.0", ""));
        var changes = List.<Callable<Void>>of(() -> stop(bundle), () -> start(bundle));
        for (Callable<Void> change : changes) {
            int before = bundle.getState();
            var task = new FutureTask<>(change);
            Thread other = Thread.ofPlatform().unstarted(task);
            try (var _ = bundles.alone()) {
                other.start();
                while (other.getState() != Thread.State.TIMED_WAITING && !task.isDone()) {
                    Thread.onSpinWait();
                }
                assertThat(bundle.getState()).as("waits").isEqualTo(before);
            }
            task.get();
            assertThat(bundle.getState()).as("has been done then").isNotEqualTo(before);
        }
    }

    private Void stop(Bundle bundle) throws Exception {
        bundles.stop(bundle);
        return null;
    }

    private Void start(Bundle bundle) throws Exception {
        bundles.start(bundle);
        return null;
    }

    @Test
    void a_second_bundle_of_a_name_is_refused() throws Exception {
        Bundle bundle = bundles.install(jar("a.part", "1.0.0", ""));

        refused(jar("a.part", "1.0.0", ""), "a.part is here already, as bundle " + bundle.getBundleId() + ", version 1.0.0: use update");
        refused(jar("a.part", "2.0.0", ""), "a.part is here already");

        assertRuns(bundle, "1.0.0");
    }

    @Test
    void whoever_is_wired_to_the_old_one_is_told_of() throws Exception {
        Bundle library = bundles.install(jar("a.library", "1.0.0", "Export-Package: there\n"));
        Bundle user = bundles.install(jar("a.user", "1.0.0", "Import-Package: there\n"));

        update(library, jar("a.library", "1.1.0", "Export-Package: there\n"));

        assertThat(said).containsExactly("a.library 1.1.0: bundles that are wired to the old one go on with it until the server is started again");
        assertRuns(user, "1.0.0");
        assertThatThrownBy(() -> update(library, jar("a.library", "2.0.0", MISSING))).hasMessageEndingWith("; 1.1.0 is back");
        assertRuns(library, "1.1.0");
    }

    @Test
    void what_was_installed_is_there_again_and_what_is_no_bundle_is_not() throws Exception {
        bundles.install(jar("a.part", "1.0.0", "")).uninstall();
        Files.copy(Path.of(java.net.URI.create(jar(null, null, ""))), folder.resolve("null.jar"));
        Files.writeString(folder.resolve("bundle1.new"), "left over");

        bundles.restore();

        assertThat(framework.getBundleContext().getBundles()).filteredOn(bundle -> bundle.getBundleId() >= rig.own()).singleElement()
                .satisfies(bundle -> assertRuns(bundle, "1.0.0"));
        assertThat(folder.resolve("bundle1.new")).doesNotExist();

        bundles.uninstall(framework.getBundleContext().getBundles()[rig.own()]);
        assertThat(folder.resolve("a.part.jar")).doesNotExist();
    }

    @Test
    void who_carries_the_command_is_not_stopped_by_it() throws Exception {
        Bundle library = bundles.install(jar("a.library", "1.0.0", "Export-Package: there\n"));
        Bundle self = bundles.install(jar("the.commands", "1.0.0", "Import-Package: there\n"));
        Bundle control = bundles.install(jar("the.socket", "1.0.0", ""));
        Bundle other = bundles.install(jar("a.part", "1.0.0", ""));
        var path = new CommandPath(self);

        for (Bundle carrier : List.of(framework, self, control)) {
            assertThatThrownBy(() -> path.refuseStop(carrier, List.of(control))).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> path.refuseUpdate(carrier, List.of(control))).isInstanceOf(IllegalStateException.class);
        }
        assertThatThrownBy(() -> path.refuseStop(framework, List.of())).hasMessageContaining("ostler stop");
        assertThatThrownBy(() -> path.refuseStop(library, List.of())).hasMessageContaining("a.library is needed by the.commands");
        path.refuseUpdate(library, List.of());
        Bundle container = framework.getBundleContext().installBundle(jar("the.features", "1.0.0", ""));
        container.adapt(BundleStartLevel.class).setStartLevel(15);
        assertThatThrownBy(() -> path.refuseUpdate(container, List.of())).hasMessageStartingWith("the.features belongs to the container, ");
        assertThatThrownBy(() -> path.refuseStop(container, List.of())).hasMessageStartingWith("the.features belongs to the container, ");
        path.refuseStop(other, List.of(control));
        path.refuseUpdate(other, List.of(control));
    }

    private void update(Bundle bundle, String location) throws Exception {
        bundles.update(bundle, location, said::add);
    }

    private void refused(String location, String reason) {
        assertThatThrownBy(() -> bundles.install(location)).isInstanceOfAny(IOException.class, BundleException.class).hasMessageContaining(reason);
    }

    private static void assertRuns(Bundle bundle, String version) {
        assertThat(bundle.getState()).isEqualTo(Bundle.ACTIVE);
        assertThat(bundle.getVersion()).hasToString(version);
    }

    private void keepsOnly(String... expected) throws IOException {
        try (Stream<Path> files = Files.exists(folder) ? Files.list(folder) : Stream.empty()) {
            assertThat(files.map(KeptBundlesTest::described)).containsExactlyInAnyOrder(expected);
        }
    }

    private static String described(Path file) {
        try (var jar = new java.util.jar.JarFile(file.toFile())) {
            var headers = jar.getManifest().getMainAttributes();
            assertThat(file.getFileName()).hasToString(headers.getValue("Bundle-SymbolicName") + ".jar");
            return headers.getValue("Bundle-SymbolicName") + " " + headers.getValue("Bundle-Version");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(file.toString(), e);
        }
    }

    private static byte[] damaged(byte[] jar) {
        byte[] bytes = jar.clone();
        // In the middle of what the first entry holds, which is compressed.
        bytes[60] ^= 0x55;
        return bytes;
    }

    private String jar(String name, String version, String headers) throws IOException {
        return rig.jar(name, version, headers);
    }
}
