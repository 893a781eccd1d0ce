// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.tailor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes a distribution of chosen parts from a whole one.
 *
 * <h2>Description</h2>
 * The whole one is copied, what the {@link Closure} does not hold is left out, a vendor's bundles are put in, and bill of materials and build id are written anew. The copy gets its name at the end: a command that was broken off
 * leaves {@code DIR.new} and no {@code DIR}.
 *
 * <h2>Diagnostics</h2>
 * {@link Closure.Unmet} and {@link IOException} with the sentence for the operator.
 */
public final class Tailor {

    /** What is shipped and what is not: {@code has PART REASON}, {@code lacks table:TYPE PART}. {@code check} reads it. */
    public static final String PARTS_FILE = "parts.tsv";

    private final Path home;
    private final List<VendorBundle> vendor = new ArrayList<>();
    private final List<Part> all = new ArrayList<>();

    private Tailor(Path home, List<Path> bundles) throws IOException {
        this.home = home;
        for (Path bundle : bundles) {
            vendor.add(VendorBundle.read(bundle));
        }
        all.addAll(Distribution.open(home).parts());
        vendor.forEach(bundle -> all.add(bundle.part()));
    }

    /**
     * @param home    the whole distribution
     * @param bundles jars of the vendor, which are wishes by being named
     * @param wishes  see {@link Closure}
     * @param output  does not exist yet; null: only tell
     * @param tell    takes a line for each part: name and reason
     */
    public static void run(Path home, List<Path> bundles, List<String> wishes, Path output, Consumer<String> tell) throws IOException {
        var tailor = new Tailor(home, bundles);
        var named = new ArrayList<>(wishes);
        tailor.vendor.forEach(bundle -> named.add(bundle.part().name()));
        try {
            Map<Part, String> chosen = Closure.of(tailor.all, named);
            chosen.forEach((part, reason) -> tell.accept(part.name() + "\t" + reason));
            if (output != null) {
                tailor.write(chosen, output);
            }
        } catch (Closure.Unmet e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** What {@code tls_provider} may say in this distribution, beside the JDK's own. */
    public static Set<String> engines(Path home) throws IOException {
        return Distribution.open(home).parts().stream().flatMap(part -> part.words(Part.ENGINE).stream()).collect(Collectors.toCollection(TreeSet::new));
    }

    private void write(Map<Part, String> chosen, Path output) throws IOException {
        if (Files.exists(output, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(output + " exists already");
        }
        Files.createDirectories(output.getParent());
        Path unfinished = output.resolveSibling(output.getFileName() + ".new");
        deleteTree(unfinished);
        copyTree(home, unfinished);
        Distribution distribution = Distribution.open(unfinished);
        for (VendorBundle bundle : vendor) {
            distribution.add(bundle);
        }
        distribution.retain(chosen.keySet());
        Files.writeString(unfinished.resolve(PARTS_FILE), partsFile(chosen));
        Sbom.write(unfinished, version());
        Files.writeString(unfinished.resolve("build.id"), buildId(distribution) + "\n");
        Files.move(unfinished, output, StandardCopyOption.ATOMIC_MOVE);
    }

    private String partsFile(Map<Part, String> chosen) {
        var text = new StringBuilder();
        chosen.forEach((part, reason) -> text.append("has\t").append(part.name()).append('\t').append(reason).append('\n'));
        for (Part part : all) {
            for (String namespace : new String[] {Part.TABLE, Part.PROGRAM}) {
                String kind = namespace.substring(namespace.lastIndexOf('.') + 1);
                if (!chosen.containsKey(part)) {
                    part.words(namespace).stream().filter(word -> chosen.keySet().stream().noneMatch(other -> other.words(namespace).contains(word)))
                            .forEach(word -> text.append("lacks\t").append(kind).append(':').append(word).append('\t').append(part.name()).append('\n'));
                }
            }
        }
        for (Part part : chosen.keySet()) {
            for (String type : part.lame(chosen.keySet())) {
                text.append("lacks\ttable:").append(type).append('\t').append(helper(part, type)).append('\n');
            }
        }
        return text.toString();
    }

    /** Who would make this type of this part work. */
    private String helper(Part part, String type) {
        return part.needs().stream().filter(need -> need.attribute(Part.TABLE).contains(type)).flatMap(need -> all.stream().filter(other -> other.meets(need)))
                .map(Part::name).findFirst().orElse(part.name());
    }

    private String version() throws IOException {
        try (Stream<Path> versions = Files.list(home.resolve("system/org/ostler/features"))) {
            return versions.findFirst().orElseThrow().getFileName().toString();
        }
    }

    /** An instance drops its bundle cache when this changes. */
    private static String buildId(Distribution distribution) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String folder : new String[] {"etc", "lib", "system"}) {
                for (Path file : distribution.files(folder, "")) {
                    digest.update(Files.readAllBytes(file));
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()), LinkOption.NOFOLLOW_LINKS, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static void deleteTree(Path root) throws IOException {
        if (Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
