// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.tailor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * A part that is not Ostler's: a bundle that Maven built.
 *
 * @param location           its {@code mvn:} address, from the coordinates that Maven left in the jar
 * @param hasCommandServices whether the commands' program can use it too: it lists a table type, or a driver for one, in {@code META-INF/services}
 */
record VendorBundle(Path jar, Part part, String location, String version, boolean hasCommandServices) {

    /** Where tables start: see features/src/main/feature/feature.xml. */
    static final int START_LEVEL = 65;
    private static final List<String> COMMAND_SERVICES = List.of("org.ostler.mail.lookup.spi.TableFactory", "org.ostler.mail.lookup.sql.SqlDriver");

    static VendorBundle read(Path path) throws IOException {
        try (var jar = new JarFile(path.toFile())) {
            Manifest manifest = jar.getManifest();
            if (manifest == null || manifest.getMainAttributes().getValue("Bundle-SymbolicName") == null) {
                throw new IOException(path + " is not an OSGi bundle");
            }
            JarEntry entry = jar.stream().filter(each -> each.getName().startsWith("META-INF/maven/") && each.getName().endsWith("/pom.properties")).findFirst()
                    .orElseThrow(() -> new IOException(path + " holds no META-INF/maven/.../pom.properties, so it has no name in a repository"));
            var coordinates = new Properties();
            try (InputStream in = jar.getInputStream(entry)) {
                coordinates.load(in);
            }
            String artifact = coordinates.getProperty("artifactId");
            String version = coordinates.getProperty("version");
            return new VendorBundle(path, Part.of(artifact, true, manifest.getMainAttributes()), "mvn:" + coordinates.getProperty("groupId") + "/" + artifact + "/" + version, version,
                    COMMAND_SERVICES.stream().anyMatch(service -> jar.getEntry("META-INF/services/" + service) != null));
        }
    }
}
