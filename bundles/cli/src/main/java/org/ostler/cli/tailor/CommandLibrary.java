// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.tailor;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * The jars of the commands' program. What is not shipped as a part goes from here as well, or {@code postmap} and {@code check} would know table types that the server lacks; but not what the classes of the
 * program itself refer to.
 */
final class CommandLibrary {

    private static final String PROGRAM = "cli-";
    private static final String ARCHIVE = "cli.jsa";

    /** Classes that are of use only with the SMTP client: they keep no jar of it in a distribution that has none. */
    private static final java.util.List<String> OF_SMTP_CLIENT = java.util.List.of("org/ostler/cli/finger/", "org/ostler/cli/PosttlsFinger");
    private static final String SMTP_CLIENT = "smtp-client-";

    private final Path folder;
    private final Set<String> usedWithSmtpClient = new HashSet<>();
    private final Map<String, Path> jarOfPackage = new HashMap<>();
    private final Map<Path, Set<String>> references = new HashMap<>();

    CommandLibrary(Path folder) throws IOException {
        this.folder = folder;
        for (Path jar : jars()) {
            read(jar);
        }
    }

    /** @param names of the jars that are parts, or belong to one */
    void retain(Collection<String> names) throws IOException {
        var kept = new HashSet<Path>();
        var next = new ArrayDeque<Path>();
        for (Path jar : jars()) {
            String name = jar.getFileName().toString();
            if (name.startsWith(PROGRAM) || names.contains(name)) {
                next.add(jar);
            }
        }
        if (names.stream().anyMatch(name -> name.startsWith(SMTP_CLIENT))) {
            usedWithSmtpClient.stream().map(jarOfPackage::get).filter(other -> other != null).forEach(next::add);
        }
        for (Path jar = next.poll(); jar != null; jar = next.poll()) {
            if (kept.add(jar)) {
                references.get(jar).stream().map(jarOfPackage::get).filter(other -> other != null).forEach(next::add);
            }
        }
        for (Path jar : jars()) {
            if (!kept.contains(jar)) {
                Files.delete(jar);
            }
        }
        // Written for another class path: the JVM makes a new one.
        Files.deleteIfExists(folder.resolve(ARCHIVE));
    }

    private java.util.List<Path> jars() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        }
    }

    private void read(Path jar) throws IOException {
        var used = new HashSet<String>();
        try (var file = new JarFile(jar.toFile())) {
            for (JarEntry entry : file.stream().filter(each -> each.getName().endsWith(".class") && !each.getName().startsWith("META-INF/")).toList()) {
                jarOfPackage.put(packageOf(entry.getName()), jar);
                Set<String> into = OF_SMTP_CLIENT.stream().anyMatch(entry.getName()::startsWith) ? usedWithSmtpClient : used;
                try (InputStream in = file.getInputStream(entry)) {
                    for (var constant : ClassFile.of().parse(in.readAllBytes()).constantPool()) {
                        if (constant instanceof ClassEntry type) {
                            into.add(packageOf(type.asInternalName()));
                        }
                    }
                }
            }
        }
        references.put(jar, used);
    }

    private static String packageOf(String internalName) {
        String plain = internalName.substring(internalName.lastIndexOf('[') + 1);
        int slash = plain.lastIndexOf('/');
        return slash < 0 ? "" : plain.substring(plain.startsWith("L") && internalName.startsWith("[") ? 1 : 0, slash);
    }
}
