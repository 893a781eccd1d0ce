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
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes the distribution's bill of materials (CycloneDX 1.6, JSON): one component per jar that is shipped.
 *
 * <p>{@code java -cp cli.jar org.ostler.cli.tailor.Sbom ASSEMBLY VERSION} writes {@code ASSEMBLY/sbom.json}, in the build and for a tailored distribution. The jars are the truth, not Maven's dependency tree:
 * Karaf features bring jars that no pom names, and poms name jars that are not shipped. Name and version come from the Maven layout
 * of {@code system/}, else from the {@code pom.properties} inside the jar; licences from the jar's manifest; what is embedded in a bundle of ours from its header {@code Ostler-Embeds}. No time and no serial number: the same jars give the same bytes.
 */
public final class Sbom {

    private record Coordinates(String group, String artifact, String version) {
        String purl() {
            return "pkg:maven/" + group + "/" + artifact + "@" + version + "?type=jar";
        }
    }

    /** Jars that state no licence themselves, by group and name: what their poms, or the parents of these, say. A test finds a jar that is neither here nor states one. */
    private static final Map<String, String> SAID_BY_POM = Map.of(
            "com.unboundid:unboundid-ldapsdk", "Apache License, Version 2.0",
            "org.bouncycastle:bcprov-jdk18on", "Bouncy Castle Licence",
            "org.bouncycastle:bcutil-jdk18on", "Bouncy Castle Licence",
            "org.bouncycastle:bctls-jdk18on", "Bouncy Castle Licence",
            "org.slf4j:slf4j-api", "MIT License",
            "org.slf4j:slf4j-nop", "MIT License",
            "org.glassfish.jaxb:txw2", "Eclipse Distribution License - v 1.0",
            "org.eclipse.platform:org.eclipse.osgi", "Eclipse Public License - v 2.0");

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
            Coordinates coordinates = path.startsWith("system/") ? fromLayout(Path.of(path)) : fromPomProperties(file, assembly, jar);
            return """
                        { "type": "library", "group": %s, "name": %s, "version": %s, "purl": %s,
                          "hashes": [ { "alg": "SHA-256", "content": "%s" } ],%s%s
                          "properties": [ { "name": "ostler:path", "value": %s } ] }""".formatted(
                    quoted(coordinates.group()), quoted(coordinates.artifact()), quoted(coordinates.version()),
                    quoted(coordinates.purl()), sha256(jar), licence(stated(file, coordinates)), embedded(header(file, "Ostler-Embeds")), quoted(path));
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

    private static Coordinates fromPomProperties(JarFile file, Path assembly, Path jar) throws IOException {
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
        // The few jars without Maven metadata: what the layout says of the same jar, else the file name.
        Optional<Path> same = Optional.empty();
        if (Files.isDirectory(assembly.resolve("system"))) {
            try (Stream<Path> files = Files.walk(assembly.resolve("system"))) {
                same = files.filter(each -> each.getFileName().toString().equals(own)).findFirst();
            }
        }
        if (same.isPresent()) {
            return fromLayout(assembly.relativize(same.get()));
        }
        int dash = own.lastIndexOf('-');
        return new Coordinates("unknown", own.substring(0, dash), own.substring(dash + 1, own.length() - ".jar".length()));
    }

    /** As the jar states it: a name or address, kept as text; of {@code Apache-2.0;link=...} the name. */
    private static String stated(JarFile file, Coordinates coordinates) throws IOException {
        String own = header(file, "Bundle-License");
        return own.isEmpty() ? SAID_BY_POM.getOrDefault(coordinates.group() + ":" + coordinates.artifact(), "") : own;
    }

    private static String header(JarFile file, String name) throws IOException {
        String value = file.getManifest() == null ? null : file.getManifest().getMainAttributes().getValue(name);
        return value == null ? "" : value;
    }

    private static String licence(String stated) {
        return stated.isEmpty() ? "" : "\n          \"licenses\": [ { \"license\": { \"name\": " + quoted(stated.replaceFirst("^\"?([^\";,]+)\"?\\s*;[^,]*$", "$1")) + " } } ],";
    }

    /**
     * What lies inside one of our jars without a jar of its own.
     *
     * @param header {@code group:name:version:licence, ...}, as the bundle's pom names it; the group {@code native} is for what is not from Maven
     */
    static String embedded(String header) {
        if (header.isBlank()) {
            return "";
        }
        return Stream.of(header.split(",")).map(part -> {
            String[] field = part.strip().split(":", 4);
            boolean generic = field[0].equals("native");
            String purl = generic ? "pkg:generic/" + field[1] + "@" + field[2] : new Coordinates(field[0], field[1], field[2]).purl();
            String group = generic ? "" : " \"group\": " + quoted(field[0]) + ",";
            return "{ \"type\": \"library\"," + group + " \"name\": " + quoted(field[1]) + ", \"version\": " + quoted(field[2]) + ", \"purl\": " + quoted(purl)
                    + ", \"licenses\": [ { \"license\": { \"name\": " + quoted(field[3]) + " } } ] }";
        }).collect(Collectors.joining(",\n            ", "\n          \"components\": [ ", " ],"));
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
