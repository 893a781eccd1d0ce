// SPDX-License-Identifier: Apache-2.0
package org.ostler.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.apache.felix.scr.info.ScrInfo;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.ostler.mail.log.MailLog;

/** The framework that Karaf runs on, with the Declarative Services that Karaf has, and jars for it. */
final class SmallFramework implements AutoCloseable {

    /** What Declarative Services has from elsewhere, and a test shares with it. */
    private static final String SHARED = "org.osgi.service.component;version=1.5.1,org.osgi.service.component.runtime;version=1.5.1,org.osgi.service.component.runtime.dto;version=1.5.1,"
            + "org.osgi.util.promise;version=1.3,org.osgi.util.function;version=1.2";

    private final Path dir;
    private final Framework framework;
    private final int own;
    private final KeptBundles bundles;

    SmallFramework(Path dir) throws Exception {
        this.dir = dir;
        framework = ServiceLoader.load(FrameworkFactory.class).findFirst().orElseThrow()
                .newFramework(Map.of(Constants.FRAMEWORK_STORAGE, dir.resolve("cache").toString(), Constants.FRAMEWORK_BEGINNING_STARTLEVEL, "100", "ds.loglevel", "0",
                        Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, SHARED));
        framework.start();
        Bundle runtime = framework.getBundleContext().installBundle(ScrInfo.class.getProtectionDomain().getCodeSource().getLocation().toString());
        runtime.start();
        assertThat(framework.adapt(FrameworkStartLevel.class).getStartLevel()).isEqualTo(100);
        own = framework.getBundleContext().getBundles().length;
        var components = framework.getBundleContext().getService(framework.getBundleContext().getServiceReference(ServiceComponentRuntime.class));
        bundles = new KeptBundles(framework.getBundleContext(), folder(), new FailedComponents(components), MailLog.of("postfix/console"));
    }

    Framework framework() {
        return framework;
    }

    /** How many bundles are none of the test's. */
    int own() {
        return own;
    }

    Path folder() {
        return dir.resolve("kept");
    }

    KeptBundles bundles() {
        return bundles;
    }

    @Override
    public void close() throws Exception {
        framework.stop();
        framework.waitForStop(10_000);
    }

    String jar(String name, String version, String headers) throws IOException {
        return jar(name, version, headers, Map.of());
    }

    /** Where a jar is that was made for this. @param name null: no bundle */
    String jar(String name, String version, String headers, Map<String, byte[]> more) throws IOException {
        var manifest = new Manifest(new java.io.ByteArrayInputStream(("Manifest-Version: 1.0\n"
                + (name == null ? "" : "Bundle-ManifestVersion: 2\nBundle-SymbolicName: " + name + "\nBundle-Version: " + version + "\n" + headers)).getBytes()));
        Path file = Files.createTempFile(dir, "build", ".jar");
        try (var out = new JarOutputStream(Files.newOutputStream(file), manifest)) {
            out.putNextEntry(new ZipEntry("there/is content"));
            out.write(String.valueOf(version).getBytes());
            out.closeEntry();
            for (var entry : more.entrySet()) {
                out.putNextEntry(new ZipEntry(entry.getKey()));
                out.write(entry.getValue());
                out.closeEntry();
            }
        }
        return file.toUri().toString();
    }
}
