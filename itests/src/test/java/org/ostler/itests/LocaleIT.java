// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.Test;

/** Without a locale, as cron, systemd and containers start programs, names that are not ASCII are what they are: on the command line, of files, and in what the server hands to commands. */
public class LocaleIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Map<String, String> NO_LOCALE = Map.of("LC_ALL", "C", "LANG", "");

    private final Installation installation = Installation.shared();
    private final Instance instance = Instance.create("locale");
    private final Path etc = instance.configDirectory();

    private String ostler(int expected, String... words) throws Exception {
        var command = new ArrayList<>(List.of(installation.home().resolve("bin/ostler").toString()));
        command.addAll(Arrays.asList(words));
        return Installation.run(instance.home(), NO_LOCALE, expected, command.toArray(String[]::new)).output();
    }

    @Test
    public void commands_take_keys_and_names_of_files() throws Exception {
        Path folder = Files.createDirectories(instance.home().resolve("\u00fc"));
        Files.writeString(folder.resolve("t\u00e4"), "gr\u00fcn you\n");
        String table = "lmdb:" + folder.resolve("t\u00e4");
        ostler(0, "postmap", "-c", etc.toString(), table);
        assertEquals("you\n", ostler(0, "postmap", "-c", etc.toString(), "-q", "gr\u00fcn", table));
        assertEquals("\u00f6\n", ostler(0, "postmap", "-c", etc.toString(), "-q", "\u00e4", "inline:{\u00e4=\u00f6}"));
        assertEquals("C\n", ostler(0, "postmap", "-c", etc.toString(), "-fq", "LC_ALL", "environ:x"));
        Files.writeString(etc.resolve("main.cf"), Files.readString(etc.resolve("main.cf")) + "alias_database = lmdb:" + folder.resolve("\u00e4lias") + "\n");
        Files.writeString(folder.resolve("\u00e4lias"), "root: you\n");
        Path newaliases = Files.createSymbolicLink(instance.home().resolve("newaliases"), installation.home().resolve("bin/ostler"));
        Installation.run(instance.home(), Map.of("LC_ALL", "POSIX", "MAIL_CONFIG", etc.toString()), 0, newaliases.toString());
        assertTrue(Files.exists(folder.resolve("\u00e4lias.lmdb")));
    }

    /** As where the C library is older than C.UTF-8: the operator's own locale is of use, and not the one that is missing. */
    @Test
    public void a_locale_that_is_not_installed_is_not_taken_for_one() throws Exception {
        Path old = instance.home().resolve("old");
        Path launcher = Files.createDirectories(old.resolve("bin")).resolve("ostler");
        Files.createSymbolicLink(old.resolve("lib"), installation.home().resolve("lib"));
        String text = Files.readString(installation.home().resolve("bin/ostler"));
        assertTrue(text.contains("for name in C.UTF-8 "));
        Files.writeString(launcher, text.replace("for name in C.UTF-8 ", "for name in xx_XX.UTF-8 "));
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String given : new String[] {"C.UTF-8", "C"}) {
            String said = Installation.run(instance.home(), Map.of("LC_ALL", "", "LC_CTYPE", "", "LANG", given), 0, launcher.toString(), "postmap", "-c", etc.toString(), "-q", "\u00e4", "inline:{\u00e4=\u00f6}").output();
            assertEquals(given, "\u00f6\n", said);
        }
    }

    @Test
    public void the_server_finds_tables_and_mailboxes_and_hands_commands_what_they_would_have() throws Exception {
        Path command = Files.writeString(instance.home().resolve("command"),
                "#!/bin/sh\ncat > /dev/null\nprintf '%s %s %s\\n' \"$1\" \"${LANG-none}\" \"${LC_ALL-none}\" > " + instance.home().resolve("seen") + "\n");
        Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(etc.resolve("t\u00e4"), "rot@example.test gr\u00fcn@example.test, \u00e4@command.test\n");
        Files.writeString(etc.resolve("main.cf"), Files.readString(etc.resolve("main.cf")).replaceAll("(?m)^(virtual_(alias|mailbox)_maps|transport_maps) .*\n", "")
                + "virtual_alias_maps = texthash:$config_directory/t\u00e4\nvirtual_mailbox_maps = inline:{gr\u00fcn@example.test=gr\u00fcn/}\ntransport_maps = inline:{command.test=command:}\n");
        Files.writeString(etc.resolve("master.cf"), Files.readString(etc.resolve("master.cf"))
                + "command unix - n n - - pipe user=" + System.getProperty("user.name") + " argv=" + command + " ${recipient}\n");
        ostler(0, "start", "-c", etc.toString());
        try {
            Path message = Files.writeString(instance.home().resolve("message"), "Subject: hello\n\nIt works.\n");
            for (String to : new String[] {"rot@example.test", "gr\u00fcn@example.test"}) {
                Installation.run(instance.home(), NO_LOCALE, 0, "sh", "-c", "exec " + installation.home() + "/bin/ostler sendmail -C " + etc + " -f you@example.test " + to + " < " + message);
            }
            await(2, instance.home().resolve("mail/gr\u00fcn/new"));
            assertEquals("\u00e4@command.test C none\n", awaitText(instance.home().resolve("seen")));
            assertTrue(ostler(0, "status", "-c", etc.toString()).contains("is running"));
        } finally {
            ostler(0, "stop", "-c", etc.toString());
        }
    }

    private void await(int messages, Path mailbox) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (count(mailbox) < messages) {
            assertTrue("mail has not arrived: " + Files.readString(instance.home().resolve("log/mail.log")), System.nanoTime() < deadline);
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }

    private static long count(Path mailbox) throws Exception {
        if (!Files.isDirectory(mailbox)) {
            return 0;
        }
        try (var files = Files.list(mailbox)) {
            return files.count();
        }
    }

    private String awaitText(Path file) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(file) || !Files.readString(file).endsWith("\n")) {
            assertTrue("the command was not run: " + Files.readString(instance.home().resolve("log/mail.log")), System.nanoTime() < deadline);
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        return Files.readString(file);
    }
}
