// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.ConfigChange;
import org.ostler.mail.config.ServiceRow;

/** Programs change the files: whole or not at all, and back. */
class ChangesTest {

    private static final String MAIN = "# head\ncompatibility_level = 3.11\nmyhostname = mx.example.org\n";
    private static final String MASTER = "# rows\nsmtp inet n - n - - smtpd\n# about slow\nslow unix - - n - 2 smtp\n  # inside\n  -o smtp_helo_name=slow.example.org\n# end\n";

    @TempDir
    private Path dir;

    @BeforeEach
    void write() throws IOException {
        Files.writeString(dir.resolve("main.cf"), MAIN);
        Files.writeString(dir.resolve("master.cf"), MASTER);
    }

    private String main() throws IOException {
        return Files.readString(dir.resolve("main.cf"));
    }

    private String master() throws IOException {
        return Files.readString(dir.resolve("master.cf"));
    }

    private static ConfigChange entry(String name, String value) {
        return new ConfigChange.Entry(name, Optional.ofNullable(value));
    }

    private static ConfigChange row(String key, String text) {
        return new ConfigChange.Row(key, Optional.ofNullable(text));
    }

    @Test
    void a_change_is_written_and_in_force_and_can_be_taken_back() throws IOException {
        var service = new MasterService(dir);
        Files.setPosixFilePermissions(dir.resolve("main.cf"), PosixFilePermissions.fromString("rw-r-----"));
        assertThat(service.change(List.of(entry("myhostname", "new.example.org"), row("slow/unix", null)))).isEmpty();
        assertThat(main()).isEqualTo(MAIN.replace("mx.", "new."));
        assertThat(master()).isEqualTo("# rows\nsmtp inet n - n - - smtpd\n# about slow\n  # inside\n# end\n");
        assertThat(service.current().main().text("myhostname")).isEqualTo("new.example.org");
        assertThat(service.current().rows()).extracting(ServiceRow::key).containsExactly("smtp/inet");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("main.cf")))).isEqualTo("rw-r-----");
        assertThat(service.undo()).isEmpty();
        assertThat(main()).isEqualTo(MAIN);
        assertThat(master()).isEqualTo(MASTER);
        assertThat(service.current().main().text("myhostname")).isEqualTo("mx.example.org");
        assertThat(service.undo()).containsExactly("there is no change to undo");
    }

    @Test
    void a_bad_change_changes_nothing() throws IOException {
        var service = new MasterService(dir);
        for (ConfigChange bad : List.of(entry("a b", "x"), entry("x", "1\nmyhostname = evil"), entry("x", "${y"), row("a/unix", "b unix - - n - - smtp"), row("a/unix", "a unix - - n - - smtp\nb unix - - n - - smtp"),
                row("a/unix", "a unix - - q - - smtp"), row("a/frob", "a frob - - n - - smtp"))) {
            assertThat(service.change(List.of(entry("always_bcc", "joe"), bad))).as(bad.toString()).isNotEmpty();
        }
        assertThat(main()).isEqualTo(MAIN);
        assertThat(master()).isEqualTo(MASTER);
        assertThat(service.current().number()).isEqualTo(1);
    }

    @Test
    void what_somebody_is_editing_does_not_go_into_force_with_a_change() throws IOException {
        var service = new MasterService(dir);
        Files.writeString(dir.resolve("master.cf"), MASTER + "half unix - - n - - smtp\n");
        assertThat(service.change(List.of(entry("always_bcc", "joe")))).singleElement().asString().contains("edited since it was last applied");
        assertThat(main()).isEqualTo(MAIN);
        assertThat(service.reload()).isEmpty();
        assertThat(service.change(List.of(entry("always_bcc", "joe")))).isEmpty();
        Files.writeString(dir.resolve("main.cf"), main() + "soft_bounce = yes\n");
        assertThat(service.undo()).singleElement().asString().contains("edited");
        assertThat(service.reload()).isEmpty();
        assertThat(service.undo()).singleElement().asString().contains("would lose those edits");
        assertThat(main()).contains("always_bcc = joe", "soft_bounce = yes");
    }

    @Test
    void a_row_is_written_so_that_it_is_read_as_the_same_row() {
        ServiceRow row = MasterCf.parse("x", "x unix n n y 60? 5 pipe -o { smtpd_banner = a b } -o c=d flags=F argv=/bin/cat {two words} -o e=f\n", false).rows().getFirst();
        ServiceRow again = MasterCf.parse("x", MasterCfEditor.render(row), true).rows().getFirst();
        assertThat(again).isEqualTo(row);
    }

    @Test
    void rows_are_put_in_place_or_at_the_end() {
        assertThat(MasterCfEditor.edit(MASTER, "smtp/inet", Optional.of("smtp inet n - n - 1 smtpd"))).isEqualTo(MASTER.replace("- - smtpd", "- 1 smtpd"));
        assertThat(MasterCfEditor.edit(MASTER, "new/unix", Optional.of("new unix - - n - - smtp"))).isEqualTo(MASTER + "new unix - - n - - smtp\n");
        assertThat(MasterCfEditor.comment(MASTER, "slow/unix")).contains("#slow unix", "#  -o smtp_helo_name", "\n  # inside\n");
    }
}
