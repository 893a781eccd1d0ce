// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.log.MailLog;

/** A server that the launcher did not start. */
@Timeout(120)
class MasterServiceTest {

    @TempDir
    Path dir;

    /** What the server says at its start; the locale of a process is for its whole life. */
    public static void main(String[] arguments) throws Exception {
        try (var attached = MailLog.attach((when, severity, tag, text) -> System.out.println(severity + " " + tag + " " + text))) {
            new MasterService(Path.of(arguments[0]));
        }
    }

    private String said(String locale) throws IOException, InterruptedException {
        Files.writeString(dir.resolve("main.cf"), "compatibility_level = 3.6\n");
        Files.writeString(dir.resolve("master.cf"), "smtp unix - - n - - smtp\n");
        var builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), MasterServiceTest.class.getName(), dir.toString()).redirectErrorStream(true);
        builder.environment().put("LC_ALL", locale);
        Process process = builder.start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(printed).isZero();
        return printed;
    }

    @Test
    void a_locale_in_which_names_are_garbled_is_warned_of() throws Exception {
        assertThat(said("C")).contains("postfix/master the locale is not UTF-8 but ANSI_X3.4-1968: ");
        assertThat(said("C.UTF-8")).doesNotContain("the locale is not UTF-8");
    }
}
