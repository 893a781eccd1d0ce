// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.Before;
import org.junit.Test;

/** Root starts the server, which runs as mail_owner: check and reload, called by root too, see tables as it will. The user is {@code nobody}. */
public class RightsIT {

    private static final String OWNER = "nobody";
    private static final String GROUP = "nogroup";

    private final Installation installation = Installation.shared();
    private Instance instance;
    private Path etc;

    @Before
    public void needs_root_and_another_user() throws Exception {
        assumeTrue("needs root, setpriv and the user nobody", System.getProperty("user.name").equals("root") && Files.isExecutable(Path.of("/usr/bin/setpriv"))
                && Installation.run(Path.of("/"), Map.of(), -1, "id", OWNER).status() == 0);
        for (Path file : new Path[] {installation.home().resolve("lib/cli"), Path.of(System.getProperty("java.home"), "bin/java")}) {
            assumeTrue(OWNER + " needs to be able to read " + file,
                    Installation.run(Path.of("/"), Map.of(), -1, "setpriv", "--reuid=" + OWNER, "--regid=" + GROUP, "--clear-groups", "--", "test", "-r", file.toString()).status() == 0);
        }
        instance = Instance.create("rights");
        etc = instance.configDirectory();
        replace("mail_owner = .*", "mail_owner = " + OWNER);
    }

    private void replace(String pattern, String line) throws Exception {
        Files.writeString(etc.resolve("main.cf"), Files.readString(etc.resolve("main.cf")).replaceAll("(?m)^" + pattern + "\n", "") + line + "\n");
    }

    private static void mode(Path file, String mode) throws Exception {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    /** A good table of a database, as far as can be seen without one, with a password; and one in a directory that root has kept for himself. */
    private Path secret() throws Exception {
        Path secret = Files.writeString(etc.resolve("secret.cf"), "hosts = 127.0.0.1:1\ndbname = x\nuser = x\npassword = secret\nquery = SELECT 'x'\n");
        mode(secret, "rw-------");
        Files.writeString(Files.createDirectories(etc.resolve("mine")).resolve("hosts"), "a b\n");
        mode(etc.resolve("mine"), "rwx------");
        replace("relocated_maps = .*", "relocated_maps = pgsql:" + secret + ", texthash:" + etc + "/mine/hosts");
        return secret;
    }

    @Test
    public void check_names_what_mail_owner_cannot_read() throws Exception {
        Path secret = secret();
        String said = installation.ostler(0, "check", instance).output();
        assertTrue(said, said.contains("check: warning: relocated_maps: pgsql:" + secret + " is unavailable. open " + secret + ": Permission denied (file " + secret + " cannot be read by mail_owner " + OWNER + ")\n"));
        assertTrue(said, said.contains("(file " + etc + "/mine/hosts cannot be read by mail_owner " + OWNER + ", who may not search " + etc + "/mine)\n"));
        assertFalse("the others are open to all: " + said, said.contains("aliases") || said.contains("mailboxes"));

        // What docs/tables.md advises.
        Installation.run(etc, Map.of(), 0, "chgrp", GROUP, secret.toString(), etc.resolve("mine").toString());
        mode(secret, "rw-r-----");
        mode(etc.resolve("mine"), "rwxr-x---");
        said = installation.ostler(0, "check", instance).output();
        assertFalse(said, said.contains("relocated_maps"));
        assertFalse("check changes nothing: no directory of the server is there", Files.exists(instance.home().resolve("spool/private")));
    }

    @Test
    public void a_configuration_that_mail_owner_cannot_read_and_a_mail_owner_who_does_not_exist_are_problems() throws Exception {
        Path main = etc.resolve("main.cf");
        mode(main, "rw-------");
        String closed = ": fatal: open " + main + ": Permission denied (file " + main + " cannot be read by mail_owner " + OWNER + ")\n";
        String said = installation.ostler(1, "check", instance).output();
        assertTrue(said, said.contains("check" + closed));
        said = installation.ostler(1, "start", instance).output();
        assertTrue(said, said.contains("ostler" + closed));
        mode(main, "rw-r--r--");
        replace("mail_owner = .*", "mail_owner = no-such-user");
        said = installation.ostler(1, "check", instance).output();
        assertTrue(said, said.contains("ostler: fatal: mail_owner: no such user: no-such-user\n"));
    }

    @Test
    public void reload_asks_the_server_and_looks_as_mail_owner() throws Exception {
        own();
        installation.ostler(0, "start", instance);
        try {
            assertEquals("", installation.ostler(0, "reload", instance).output());
            Path secret = secret();
            String said = installation.ostler(0, "reload", instance).output();
            assertTrue(said, said.contains("reload: warning: relocated_maps: ") && said.contains("(file " + secret + " cannot be read by mail_owner " + OWNER + ")\n"));
            said = installation.ostler(1, "shell", instance, "tables-find", "pgsql:" + secret, "a").output();
            assertTrue("the server sees the same: " + said, said.contains("Permission denied"));
        } finally {
            installation.ostler(0, "stop", instance);
        }
    }

    /** Gives the directories that the instance has to the user. */
    private void own() throws Exception {
        for (String directory : new String[] {"spool", "lib", "log", "mail"}) {
            Installation.run(etc, Map.of(), 0, "chown", "-hR", OWNER + ":" + GROUP, instance.home().resolve(directory).toString());
        }
    }

    /** Whoever has mail_owner's rights can put links where the server writes; to root they must lead nowhere. */
    @Test
    public void start_writes_through_no_link_with_the_rights_of_root() throws Exception {
        Path precious = Files.writeString(instance.home().resolve("precious"), "root's own\n");
        mode(precious, "rw-------");
        Path karaf = instance.home().resolve("lib/karaf");
        Path pid = Files.createDirectories(instance.home().resolve("spool/pid")).resolve("master.pid");
        Files.createDirectories(karaf.resolve("log"));
        for (Path link : new Path[] {karaf.resolve("log/console.log"), karaf.resolve("build.id"), pid}) {
            Files.createSymbolicLink(link, precious);
        }
        own();
        String said = installation.ostler(1, "start", instance).output();
        assertTrue(said, said.contains("ostler: fatal: data_directory: cannot prepare " + karaf + "\n"));
        Files.delete(karaf.resolve("log/console.log"));
        Files.delete(karaf.resolve("build.id"));
        // From a directory of his own, as /root is.
        Path here = Files.createDirectories(instance.home().resolve("roots"));
        mode(here, "rwx------");
        assertEquals("", Installation.run(here, Map.of(), 0, installation.home().resolve("bin/ostler").toString(), "start", "-c", etc.toString()).output());
        try {
            assertEquals("root's own\n", Files.readString(precious));
            assertEquals("root", Files.getOwner(precious).getName());
            assertFalse(Files.isSymbolicLink(pid));
            assertEquals(OWNER, Files.getOwner(pid).getName());
        } finally {
            installation.ostler(0, "stop", instance);
        }
    }

    @Test
    public void what_another_user_has_left_in_the_servers_directory_is_named() throws Exception {
        own();
        Path left = Files.createDirectories(instance.home().resolve("lib/karaf"));
        Installation.run(etc, Map.of(), 0, "chmod", "777", left.toString());
        Path here = Files.createDirectories(instance.home().resolve("roots"));
        mode(here, "rwx------");
        String said = Installation.run(here, Map.of(), 1, installation.home().resolve("bin/ostler").toString(), "start", "-c", etc.toString()).output();
        assertTrue(said, said.contains("ostler: fatal: " + left + " belongs to another user than the server: chown -hR " + OWNER + " " + left + "\n"));
    }
}
