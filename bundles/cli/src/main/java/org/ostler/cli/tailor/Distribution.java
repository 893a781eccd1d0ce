// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.tailor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An unpacked distribution: {@code system/} with bundles and features, {@code etc/} with what is started, {@code lib/cli} with the commands' program. Used by one thread.
 */
final class Distribution {

    private static final String PREFIX = "ostler-";
    /** The framework itself and what it starts before any feature. */
    private static final Pattern MAVEN = Pattern.compile("mvn:[\\w.-]+/[\\w.-]+/[\\w.-]+");

    private final Path home;
    private final FeatureFile ours;
    private final Map<String, FeatureFile.Feature> features = new LinkedHashMap<>();

    private Distribution(Path home, FeatureFile ours) throws IOException {
        this.home = home;
        this.ours = ours;
        for (Path file : files("system", "-features.xml")) {
            features.putAll(FeatureFile.read(file).features());
        }
        features.putAll(ours.features());
    }

    static Distribution open(Path home) throws IOException {
        return new Distribution(home, FeatureFile.read(featureFile(home)));
    }

    private static Path featureFile(Path home) throws IOException {
        try (Stream<Path> files = Files.walk(home.resolve("system/org/ostler/features"))) {
            return files.filter(file -> file.toString().endsWith("-features.xml")).findFirst().orElseThrow(() -> new IOException(home + " holds no features.xml of Ostler"));
        }
    }

    /** Every part that has a feature of its own. */
    List<Part> parts() throws IOException {
        String boot = Files.readString(home.resolve("etc/org.apache.karaf.features.cfg"));
        var parts = new ArrayList<Part>();
        for (FeatureFile.Feature feature : ours.features().values()) {
            String name = feature.name().startsWith(PREFIX) ? feature.name().substring(PREFIX.length()) : feature.name();
            for (String bundle : feature.bundles()) {
                if (bundle.startsWith("mvn:org.ostler/" + name + "/")) {
                    try (var jar = new JarFile(home.resolve(inSystem(bundle)).toFile())) {
                        parts.add(Part.of(name, boot.contains(feature.name() + "/"), jar.getManifest().getMainAttributes()));
                    }
                }
            }
        }
        return parts;
    }

    /** Puts a vendor's bundle in; to be followed by {@link #retain}. */
    void add(VendorBundle bundle) throws IOException {
        Path place = home.resolve(inSystem(bundle.location()));
        Files.createDirectories(place.getParent());
        Files.copy(bundle.jar(), place);
        if (bundle.hasCommandServices()) {
            Files.copy(bundle.jar(), home.resolve("lib/cli").resolve(place.getFileName()));
        }
        ours.add(bundle.part().name(), bundle.version(), VendorBundle.START_LEVEL, bundle.location());
        features.putAll(ours.features());
    }

    /** Leaves out what these parts do not need: features, their bundles, and jars of the commands' program. */
    void retain(Set<Part> parts) throws IOException {
        var roots = new LinkedHashSet<String>(List.of("framework", "scr"));
        parts.forEach(part -> roots.add(ours.features().containsKey(PREFIX + part.name()) ? PREFIX + part.name() : part.name()));
        Set<String> reached = FeatureFile.reachable(features, roots);
        var bundles = new LinkedHashSet<String>();
        reached.forEach(name -> features.get(name).bundles().forEach(location -> bundles.add(inSystem(location))));
        for (String file : new String[] {"etc/startup.properties", "etc/config.properties"}) {
            Matcher named = MAVEN.matcher(Files.readString(home.resolve(file)).replace("\\:", ":"));
            while (named.find()) {
                bundles.add(inSystem(named.group()));
            }
        }
        for (Path jar : files("system", ".jar")) {
            if (!bundles.contains(home.relativize(jar).toString())) {
                Files.delete(jar);
            }
        }
        removeEmptyFolders(home.resolve("system"));
        ours.retain(reached);
        ours.write(featureFile(home));
        new CommandLibrary(home.resolve("lib/cli")).retain(bundles.stream().map(path -> Path.of(path).getFileName().toString()).toList());
        writeBoot(reached.stream().filter(ours.features()::containsKey).toList());
    }

    /** What Karaf starts: its own features as they were, and ours that are left. */
    private void writeBoot(List<String> names) throws IOException {
        Path file = home.resolve("etc/org.apache.karaf.features.cfg");
        String text = Files.readString(file);
        int begin = text.indexOf("featuresBoot = ");
        // The entries go on as long as lines end in a backslash.
        int end = begin;
        do {
            end = text.indexOf('\n', end) + 1;
        } while (text.charAt(end - 2) == '\\');
        var entries = new ArrayList<String>();
        for (String entry : text.substring(begin + "featuresBoot = ".length(), end).split("[\\s,\\\\]+")) {
            if (!entry.isEmpty() && !entry.startsWith(PREFIX)) {
                entries.add(entry);
            }
        }
        entries.addAll(names);
        Files.writeString(file, text.substring(0, begin) + "featuresBoot = " + String.join(", \\\n    ", entries) + "\n" + text.substring(end));
    }

    /** {@code mvn:group/artifact/version} in the layout of {@code system/}; options of Karaf in front of it are left out. */
    static String inSystem(String location) {
        String[] parts = location.substring(location.indexOf("mvn:") + "mvn:".length()).split("/");
        return "system/" + parts[0].replace('.', '/') + "/" + parts[1] + "/" + parts[2] + "/" + parts[1] + "-" + parts[2] + ".jar";
    }

    List<Path> files(String below, String ending) throws IOException {
        try (Stream<Path> files = Files.walk(home.resolve(below))) {
            return files.filter(file -> file.toString().endsWith(ending) && Files.isRegularFile(file)).sorted().toList();
        }
    }

    private static void removeEmptyFolders(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path folder : files.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
                try (Stream<Path> children = Files.list(folder)) {
                    if (children.findAny().isPresent()) {
                        continue;
                    }
                }
                Files.delete(folder);
            }
        }
    }
}
