// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * The walk of {@code docs/extending/lookup.md}, step by step: {@code skeletons/lookup} is copied away, built with Maven against published artifacts, and its table type is
 * installed into a running server, used, updated under mail, there again after an upgrade, taken away, brought back as a feature, and shipped.
 *
 * <p>One test, for each step stands on the one before.
 */
public class LookupKitIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PLUGIN = "com.example.lookup.csv";

    private static OutsideBuild kit;
    private static Installation installation;
    private static Instance instance;

    @BeforeClass
    public static void start_a_server() throws Exception {
        kit = OutsideBuild.copyOf("lookup");
        installation = Installation.shared();
        instance = Instance.create("kit");
        installation.ostler(0, "start", instance);
    }

    @AfterClass
    public static void stop() throws Exception {
        try {
            if (instance != null) {
                installation.ostler(0, "stop", instance);
            }
        } finally {
            if (kit != null) {
                kit.delete();
            }
        }
    }

    @Test
    public void a_table_type_of_ones_own_from_nothing_to_a_running_server() throws Exception {
        kit.maven("-q", "package");
        assertTrue("the contract of tables was tested", Files.readString(kit.project().resolve("target/surefire-reports/TEST-" + PLUGIN + ".CsvTableTest.xml")).contains("many_threads_at_once"));
        Path first = kit.project().resolve("target/lookup-csv-1.0.0.jar");
        Path table = Files.writeString(instance.configDirectory().resolve("people.csv"), "csv@example.test,you@example.test\n#second@example.test,you@example.test\n");
        String name = "csv:" + table;

        assertFails("unsupported dictionary type: csv", "shell", "tables-find", name, "csv@example.test");
        String line = installation.ostler(0, "bundle", instance, "install", first.toString()).output();
        assertTrue(line, line.contains("active") && line.contains("1.0.0") && line.contains(PLUGIN));
        assertEquals("you@example.test\n", find(name, "csv@example.test"));
        assertFails("not found", "shell", "tables-find", name, "#second@example.test");

        Path mainCf = instance.configDirectory().resolve("main.cf");
        Files.writeString(mainCf, Files.readString(mainCf).replace("virtual_alias_maps = ", "virtual_alias_maps = " + name + " "));
        String said = installation.ostler(0, "reload", instance).output();
        assertFalse("reload asks the server of a type that the command does not have: " + said, said.contains("csv:"));
        updateUnderMail(name);
        restart(name);
        comeBackAsFeature(name);
        shipIt(table);
    }

    private static void updateUnderMail(String name) throws Exception {
        kit.edit("pom.xml", "<version>1.0.0</version>", "<version>1.1.0</version>");
        kit.edit("src/main/java/com/example/lookup/csv/CsvTable.java", "startsWith(\"#\")", "startsWith(\";\")");
        kit.maven("-q", "package", "-DskipTests");
        Path second = kit.project().resolve("target/lookup-csv-1.1.0.jar");
        try (var load = new MailLoad(instance.smtpPort(), "kit", List.of("csv@example.test"))) {
            assertTrue("mail flows through the table", load.awaitMore(100, PATIENCE));
            load.lap();
            buildsThatDoNotStart(second, load);
            installation.ostler(0, "bundle", instance, "update", PLUGIN, second.toString());
            assertTrue("mail flows through the second version", load.awaitMore(100, PATIENCE));
            load.close();
            assertEquals("permanent errors", List.of(), load.permanentErrors());
            assertEquals("told to come again", 0, load.lap().triedAgain());
        }
        assertEquals("you@example.test\n", find(name, "#second@example.test"));
        assertTrue(installation.ostler(0, "bundle", instance, "list").output().lines().anyMatch(line -> line.contains(PLUGIN) && line.contains("1.1.0")));
    }

    /** Of a plug-in and of a part of the distribution: each is as it was before, and mail has only waited. */
    private static void buildsThatDoNotStart(Path second, MailLoad load) throws Exception {
        String lookups = "org.ostler.lookup.regexp";
        Path ours = installation.home().resolve("system/org/ostler/lookup-regexp/" + System.getProperty("ostler.version") + "/lookup-regexp-" + System.getProperty("ostler.version") + ".jar");
        assertFails("1.0.0 is back", "bundle", "update", PLUGIN, withoutImports(second).toString());
        assertFails(" is back", "bundle", "update", lookups, withoutImports(ours).toString());
        assertFails("not " + PLUGIN, "bundle", "update", PLUGIN, ours.toString());
        assertFails("ostler stop", "bundle", "stop", "0");
        assertFails("belongs to the container", "bundle", "update", "org.apache.karaf.features.core");
        for (String carrier : List.of("org.ostler.shell", "org.ostler.control")) {
            assertFails("carries this command", "bundle", "update", carrier);
        }
        List<String> bundles = installation.ostler(0, "bundle", instance, "list").output().lines().toList();
        assertTrue(bundles.stream().anyMatch(line -> line.contains("active") && line.contains("1.0.0") && line.contains(PLUGIN)));
        assertTrue(bundles.stream().anyMatch(line -> line.contains("active") && !line.contains("9.9.9") && line.contains(lookups)));
        assertTrue("mail flows through what is back", load.awaitMore(100, PATIENCE));
    }

    private static Path withoutImports(Path jar) throws Exception {
        Path bad = kit.project().resolve("target/bad-" + jar.getFileName());
        try (var in = new JarInputStream(Files.newInputStream(jar))) {
            Manifest manifest = in.getManifest();
            manifest.getMainAttributes().putValue("Bundle-Version", "9.9.9");
            manifest.getMainAttributes().putValue("Import-Package", "no.such.place," + manifest.getMainAttributes().getValue("Import-Package"));
            try (var out = new JarOutputStream(Files.newOutputStream(bad), manifest)) {
                for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
                    out.putNextEntry(new JarEntry(entry.getName()));
                    in.transferTo(out);
                }
            }
        }
        return bad;
    }

    private static void restart(String name) throws Exception {
        installation.ostler(0, "stop", instance);
        // As after an upgrade: the instance's bundle cache is of another build, and is dropped.
        Files.delete(instance.home().resolve("lib/karaf/build.id"));
        installation.ostler(0, "start", instance);
        assertEquals("after a restart", "you@example.test\n", find(name, "#second@example.test"));
    }

    private static void comeBackAsFeature(String name) throws Exception {
        installation.ostler(0, "bundle", instance, "uninstall", PLUGIN);
        try (var load = new MailLoad(instance.smtpPort(), "kit-feature", List.of("csv@example.test"))) {
            assertFails("unsupported dictionary type: csv", "shell", "tables-find", name, "csv@example.test");
            Path repository = Files.createDirectories(instance.home().resolve("lib/karaf/repository/com/example/lookup-csv/1.1.0"));
            Files.copy(kit.project().resolve("target/lookup-csv-1.1.0.jar"), repository.resolve("lookup-csv-1.1.0.jar"), StandardCopyOption.REPLACE_EXISTING);
            installation.ostler(0, "feature", instance, "add", kit.project().resolve("target/feature/feature.xml").toString());
            installation.ostler(0, "feature", instance, "install", "lookup-csv");
            assertTrue("mail flows again", load.awaitMore(100, PATIENCE));
            load.close();
            assertEquals("a table type that is away makes mail wait", List.of(), load.permanentErrors());
        }
        installation.ostler(0, "feature", instance, "uninstall", "lookup-csv");
        assertFalse(installation.ostler(0, "bundle", instance, "list").output().contains(PLUGIN));
    }

    /** A distribution that holds it, as docs/extending/vendor.md has it; its commands know the type as well. */
    private static void shipIt(Path table) throws Exception {
        Path made = Path.of("target", "tailored-kit").toAbsolutePath();
        Instance.deleteTree(made);
        Installation.run(installation.home(), Map.of(), 0, "bin/ostler", "tailor", "-o", made.toString(), "-a", kit.project().resolve("target/lookup-csv-1.1.0.jar").toString(), "smtp-server");
        assertTrue(Files.exists(made.resolve("system/com/example/lookup-csv/1.1.0/lookup-csv-1.1.0.jar")));
        assertTrue(Files.readString(made.resolve("etc/org.apache.karaf.features.cfg")).contains("lookup-csv"));
        assertEquals("you@example.test\n", new Installation(made).ostler(0, "postmap", instance, "-q", "#second@example.test", "csv:" + table).output());
    }

    private static String find(String table, String key) throws Exception {
        return installation.ostler(0, "shell", instance, "tables-find", table, key).output();
    }

    private static void assertFails(String reason, String verb, String... arguments) throws Exception {
        String output = installation.ostler(1, verb, instance, arguments).output();
        assertTrue(output, output.contains(reason));
    }
}
