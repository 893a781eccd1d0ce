// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.tailor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes the distribution's bill of materials (CycloneDX 1.6, JSON): one component per jar that is shipped.
 *
 * <p>{@code java -cp cli.jar org.ostler.cli.tailor.Sbom ASSEMBLY VERSION} writes {@code ASSEMBLY/sbom.json}, in the build and for a tailored distribution. The jars are the truth, not Maven's dependency tree:
 * Karaf features bring jars that no pom names, and poms name jars that are not shipped. Name and version come from the Maven layout
 * of {@code system/}, else from the {@code pom.properties} inside the jar. No time and no serial number: the same jars give the same bytes.
 */
public final class Sbom {

    private record Coordinates(String group, String artifact, String version) {
        String purl() {
            return "pkg:maven/" + group + "/" + artifact + "@" + version + "?type=jar";
        }
    }

    private Sbom() {}

    public static void main(String[] args) throws IOException {
        write(Path.of(args[0]), args[1]);
    }

    static void write(Path assembly, String version) throws IOException {
        String components;
        try (Stream<Path> files = Files.walk(assembly)) {
            List<Path> jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
            components = jars.stream().map(jar -> component(assembly, jar)).collect(Collectors.joining(",\n"));
        }
        Files.writeString(assembly.resolve("sbom.json"), """
                {
                  "bomFormat": "CycloneDX",
                  "specVersion": "1.6",
                  "version": 1,
                  "metadata": { "component": { "type": "application", "name": "ostler", "version": %s } },
                  "components": [
                %s
                  ]
                }
                """.formatted(quoted(version), components));
    }

    private static String component(Path assembly, Path jar) {
        try (var file = new JarFile(jar.toFile())) {
            String path = assembly.relativize(jar).toString();
            Coordinates coordinates = path.startsWith("system/") ? fromLayout(Path.of(path)) : fromPomProperties(file, jar);
            return """
                        { "type": "library", "group": %s, "name": %s, "version": %s, "purl": %s,
                          "hashes": [ { "alg": "SHA-256", "content": "%s" } ],%s
                          "properties": [ { "name": "ostler:path", "value": %s } ] }""".formatted(
                    quoted(coordinates.group()), quoted(coordinates.artifact()), quoted(coordinates.version()),
                    quoted(coordinates.purl()), sha256(jar), licence(file), quoted(path));
        } catch (IOException e) {
            throw new IllegalStateException(jar.toString(), e);
        }
    }

    /** system/org/apache/felix/org.apache.felix.scr/2.2.6/org.apache.felix.scr-2.2.6.jar */
    private static Coordinates fromLayout(Path path) {
        int names = path.getNameCount();
        String group = path.subpath(1, names - 3).toString().replace('/', '.');
        return new Coordinates(group, path.getName(names - 3).toString(), path.getName(names - 2).toString());
    }

    private static Coordinates fromPomProperties(JarFile file, Path jar) throws IOException {
        String own = jar.getFileName().toString();
        for (var entry : file.stream().filter(each -> each.getName().endsWith("/pom.properties")).toList()) {
            var properties = new Properties();
            try (InputStream in = file.getInputStream(entry)) {
                properties.load(in);
            }
            String artifact = properties.getProperty("artifactId");
            String version = properties.getProperty("version");
            if (own.equals(artifact + "-" + version + ".jar")) {
                return new Coordinates(properties.getProperty("groupId"), artifact, version);
            }
        }
        // The few jars without Maven metadata: what the file name says.
        int dash = own.lastIndexOf('-');
        return new Coordinates("unknown", own.substring(0, dash), own.substring(dash + 1, own.length() - ".jar".length()));
    }

    /** As the jar states it: a name or address, kept as text. */
    private static String licence(JarFile file) throws IOException {
        String stated = file.getManifest() == null ? null : file.getManifest().getMainAttributes().getValue("Bundle-License");
        return stated == null ? "" : "\n          \"licenses\": [ { \"license\": { \"name\": " + quoted(stated) + " } } ],";
    }

    private static String sha256(Path jar) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String quoted(String text) {
        var out = new StringBuilder("\"");
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c >= ' ' && c < 0x7f) {
                out.append(c);
            } else {
                out.append(' ');
            }
        }
        return out.append('"').toString();
    }
}
