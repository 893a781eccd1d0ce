// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A Maven project outside the source tree, that knows Ostler from a Maven repository only.
 *
 * <p>What this build made is laid out as {@code mvn deploy} would, in a repository that is thrown away; everything else comes from the local repository of the
 * build, which holds it since the skeleton uses the same plugins in the same versions. No network is asked, and nothing is written to the user's own repository.
 */
final class OutsideBuild {

    private static final Path ROOT = Path.of(System.getProperty("ostler.root")).toAbsolutePath().normalize();
    private static final String VERSION = System.getProperty("ostler.version");

    private final Path project;
    private final Path settings;

    private OutsideBuild(Path project, Path settings) {
        this.project = project;
        this.settings = settings;
    }

    /** A copy of the sources of {@code skeletons/NAME} in a temporary directory. */
    static OutsideBuild copyOf(String skeleton) throws IOException {
        Path project = Files.createTempDirectory("ostler-" + skeleton);
        Path source = ROOT.resolve("skeletons").resolve(skeleton);
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.filter(Files::isRegularFile).filter(file -> !source.relativize(file).startsWith("target")).toList()) {
                Path copy = project.resolve(source.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        Path target = Path.of("target", "outside").toAbsolutePath();
        Instance.deleteTree(target);
        publish(target.resolve("published"));
        return new OutsideBuild(project, Files.writeString(target.resolve("settings.xml"), settings(target)));
    }

    Path project() {
        return project;
    }

    /** Runs Maven here; fails the test with its output when it fails. */
    String maven(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of(System.getProperty("ostler.maven"), "-B", "-ntp", "-Dstyle.color=never", "-s", settings.toString(), "-gs", settings.toString()));
        command.addAll(List.of(arguments));
        Map<String, String> environment = Map.of("JAVA_HOME", System.getProperty("java.home"), "MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC --sun-misc-unsafe-memory-access=allow");
        return Installation.run(project, environment, 0, command.toArray(String[]::new)).output();
    }

    /** Replaces text in a file of the project; the text must be there. */
    void edit(String file, String old, String replacement) throws IOException {
        Path path = project.resolve(file);
        String text = Files.readString(path);
        assertEquals(file + " holds " + old, true, text.contains(old));
        Files.writeString(path, text.replace(old, replacement));
    }

    void delete() throws IOException {
        Instance.deleteTree(project);
    }

    private static void publish(Path repository) throws IOException {
        put(repository, "ostler", ROOT.resolve("pom.xml"), "pom");
        put(repository, "bundles", ROOT.resolve("bundles/pom.xml"), "pom");
        try (Stream<Path> modules = Files.list(ROOT.resolve("bundles"))) {
            for (Path module : modules.toList()) {
                String name = module.getFileName().toString();
                Path jar = module.resolve("target").resolve(name + "-" + VERSION + ".jar");
                if (Files.exists(jar)) {
                    put(repository, name, module.resolve("pom.xml"), "pom");
                    put(repository, name, jar, "jar");
                }
            }
        }
    }

    private static void put(Path repository, String artifact, Path file, String extension) throws IOException {
        Path folder = Files.createDirectories(repository.resolve("org/ostler").resolve(artifact).resolve(VERSION));
        Files.copy(file, folder.resolve(artifact + "-" + VERSION + "." + extension), StandardCopyOption.REPLACE_EXISTING);
    }

    private static String settings(Path target) {
        return """
                <settings>
                  <localRepository>%s</localRepository>
                  <mirrors>
                    <mirror><id>warm</id><mirrorOf>*,!published</mirrorOf><url>%s</url></mirror>
                  </mirrors>
                  <profiles><profile><id>ostler</id><repositories>
                    <repository><id>published</id><url>%s</url><snapshots><enabled>true</enabled></snapshots></repository>
                  </repositories></profile></profiles>
                  <activeProfiles><activeProfile>ostler</activeProfile></activeProfiles>
                </settings>
                """.formatted(target.resolve("m2"), Path.of(System.getProperty("org.ops4j.pax.url.mvn.localRepository")).toUri(), target.resolve("published").toUri());
    }
}
