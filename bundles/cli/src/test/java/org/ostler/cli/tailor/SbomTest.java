// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.tailor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bill of materials. */
class SbomTest {

    @TempDir
    Path dir;

    private void jar(String path, String... headers) throws Exception {
        Path file = dir.resolve(path);
        Files.createDirectories(file.getParent());
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        for (int i = 0; i < headers.length; i += 2) {
            manifest.getMainAttributes().putValue(headers[i], headers[i + 1]);
        }
        try (OutputStream out = Files.newOutputStream(file); var jar = new JarOutputStream(out, manifest)) {
            jar.flush();
        }
    }

    @Test
    void licences_come_from_the_jar_or_its_pom_and_embedded_parts_are_components_of_their_bundle() throws Exception {
        jar("system/org/ostler/x/1/x-1.jar", "Bundle-License", "\"Apache-2.0\";link=\"https://a.test/b\"", "Ostler-Embeds", "org.d:driver:4.2:MIT, native:lib:3.5:public domain");
        jar("system/org/eclipse/platform/org.eclipse.osgi/3/org.eclipse.osgi-3.jar");
        jar("system/a/b/1/b-1.jar", "Bundle-License", "https://one.test,https://two.test;x=y");
        jar("system/com/unboundid/unboundid-ldapsdk/7/unboundid-ldapsdk-7.jar");
        jar("lib/cli/unboundid-ldapsdk-7.jar");
        Sbom.write(dir, "1");
        String[] component = Files.readString(dir.resolve("sbom.json")).split("ostler:path");
        assertThat(component).hasSize(6);
        assertThat(component[0]).contains("pkg:maven/com.unboundid/unboundid-ldapsdk@7?type=jar", "Apache License, Version 2.0");
        assertThat(component[2]).contains("com.unboundid", "Apache License, Version 2.0");
        assertThat(component[1]).contains("\"licenses\": [ { \"license\": { \"name\": \"https://one.test,https://two.test;x=y\" } } ]");
        assertThat(component[3]).contains("Eclipse Public License - v 2.0");
        assertThat(component[4]).contains("{ \"license\": { \"name\": \"Apache-2.0\" } }",
                "\"components\": [ { \"type\": \"library\", \"group\": \"org.d\", \"name\": \"driver\", \"version\": \"4.2\", \"purl\": \"pkg:maven/org.d/driver@4.2?type=jar\", "
                        + "\"licenses\": [ { \"license\": { \"name\": \"MIT\" } } ] },", "\"name\": \"lib\", \"version\": \"3.5\", \"purl\": \"pkg:generic/lib@3.5\"");
    }
}
