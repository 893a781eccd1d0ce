// SPDX-License-Identifier: Apache-2.0
package org.ostler.shell;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.ostler.mail.log.MailLog;

/**
 * Bundles that an operator installed by hand, with a copy of each jar below the instance's {@code karaf/bundles}.
 *
 * <p>An upgrade of Ostler empties the instance's bundle cache. What the distribution holds comes back from there; what was installed by hand would be gone, and mail that needs it would wait for somebody to notice.
 *
 * <p><b>Threads</b> one at a time. <b>Blocking</b> reads the jar. <b>Errors</b> {@link BundleException} and {@link IOException}; a bundle that does not start is not left behind.
 */
final class KeptBundles {

    /** Where tables start: after a part that was installed by hand nobody is left, at a stop, who would ask it. See features/src/main/feature/feature.xml. */
    private static final int PART_LEVEL = 65;
    private static final String JAR = ".jar";

    private final BundleContext root;
    private final Path folder;

    KeptBundles(BundleContext root, Path folder) {
        this.root = root;
        this.folder = folder;
    }

    Bundle install(String location) throws BundleException, IOException {
        byte[] jar = read(location);
        Bundle bundle = start(location, jar);
        keep(bundle, jar);
        return bundle;
    }

    /** Of a bundle of the distribution no copy is kept: after an upgrade the distribution's own is right. */
    void update(Bundle bundle, String location) throws BundleException, IOException {
        byte[] jar = read(location);
        bundle.update(new ByteArrayInputStream(jar));
        if (isKept(bundle)) {
            keep(bundle, jar);
        }
    }

    boolean isKept(Bundle bundle) {
        return Files.exists(copyOf(bundle));
    }

    void uninstall(Bundle bundle) throws BundleException, IOException {
        bundle.uninstall();
        Files.deleteIfExists(copyOf(bundle));
    }

    /** Those of which there is a copy only. One that does not start stays away, and stays kept: the log says why. */
    void restore(MailLog log) {
        for (Path copy : copies(log)) {
            String name = copy.getFileName().toString();
            String symbolicName = name.substring(0, name.length() - JAR.length());
            if (Arrays.stream(root.getBundles()).noneMatch(bundle -> symbolicName.equals(bundle.getSymbolicName()))) {
                try {
                    Bundle bundle = start(copy.toUri().toString(), Files.readAllBytes(copy));
                    log.info("installed again: " + symbolicName + " " + bundle.getVersion());
                } catch (BundleException | IOException e) {
                    log.error(symbolicName + " was installed by hand and does not start here: " + e.getMessage());
                }
            }
        }
    }

    private Bundle start(String location, byte[] jar) throws BundleException {
        Bundle bundle = root.installBundle(location, new ByteArrayInputStream(jar));
        try {
            bundle.adapt(BundleStartLevel.class).setStartLevel(PART_LEVEL);
            bundle.start();
            return bundle;
        } catch (BundleException e) {
            bundle.uninstall();
            throw e;
        }
    }

    private void keep(Bundle bundle, byte[] jar) throws IOException {
        Files.createDirectories(folder);
        Path unfinished = Files.write(folder.resolve(bundle.getSymbolicName() + ".new"), jar);
        Files.move(unfinished, copyOf(bundle), StandardCopyOption.ATOMIC_MOVE);
    }

    private Path copyOf(Bundle bundle) {
        return folder.resolve(bundle.getSymbolicName() + JAR);
    }

    private List<Path> copies(MailLog log) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(JAR)).sorted().toList();
        } catch (IOException e) {
            log.error("bundles that were installed by hand: " + e.getMessage());
            return List.of();
        }
    }

    private static byte[] read(String location) throws IOException {
        try (var in = URI.create(location).toURL().openStream()) {
            return in.readAllBytes();
        } catch (IllegalArgumentException e) {
            throw new IOException(location + " is no URL", e);
        }
    }
}
