// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.osgi.framework.Bundle;

/** The same code under another version, as a repaired bundle would come. */
final class SecondBuild {

    private SecondBuild() {}

    /** @param ranking of all its services; 0: as they are */
    static InputStream of(Bundle bundle, int ranking) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var in = new JarInputStream(URI.create(bundle.getLocation()).toURL().openStream())) {
            Manifest manifest = in.getManifest();
            manifest.getMainAttributes().putValue("Bundle-Version", "0.1.1.second-build");
            try (var out = new JarOutputStream(bytes, manifest)) {
                for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                    out.putNextEntry(new ZipEntry(entry.getName()));
                    if (ranking != 0 && entry.getName().startsWith("OSGI-INF/") && entry.getName().endsWith(".xml")) {
                        out.write(ranked(new String(in.readAllBytes(), StandardCharsets.UTF_8), ranking).getBytes(StandardCharsets.UTF_8));
                    } else {
                        in.transferTo(out);
                    }
                    out.closeEntry();
                }
            }
        }
        return new ByteArrayInputStream(bytes.toByteArray());
    }

    private static String ranked(String component, int ranking) {
        return component.replaceFirst("<service[ >]", "<property name=\"service.ranking\" type=\"Integer\" value=\"" + ranking + "\"/>\n  $0");
    }
}
