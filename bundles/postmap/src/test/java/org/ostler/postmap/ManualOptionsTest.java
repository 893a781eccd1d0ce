// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;

/** Options of postmap(1) and postalias(1) that no recording shows. */
class ManualOptionsTest {

    @TempDir
    Path dir;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<String> asked = new ArrayList<>();

    private int run(Postmap.Program program, String... words) {
        out.reset();
        err.reset();
        return Postmap.run(program, List.of(words), new Postmap.Surroundings(new ByteArrayInputStream(new byte[0]), new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(err, false, StandardCharsets.UTF_8),
                dir, this::settings));
    }

    private Settings settings(String directory) {
        asked.add(String.valueOf(directory));
        return Settings.parse("default_database_type = " + ("cdb".equals(directory) ? "cdb" : "lmdb"));
    }

    @Test
    void c_names_the_directory_of_the_settings() throws Exception {
        Files.writeString(dir.resolve("t"), "a b\n");
        assertThat(run(Postmap.Program.POSTMAP, "-c", "cdb", "t")).isZero();
        assertThat(dir.resolve("t.cdb")).exists();
        assertThat(run(Postmap.Program.POSTALIAS, "t")).isZero();
        assertThat(dir.resolve("t.lmdb")).exists();
        assertThat(asked).contains("cdb", "null");
    }

    @Test
    void v_names_what_is_opened() throws Exception {
        Files.writeString(dir.resolve("t"), "a: b\n");
        assertThat(run(Postmap.Program.POSTALIAS, "-v", "lmdb:t")).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("postalias: open lmdb t\n");
        assertThat(run(Postmap.Program.POSTMAP, "-v", "-v", "-q", "a", "lmdb:t")).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("postmap: dict_open: lmdb:t\n");
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("b\n");
        assertThat(run(Postmap.Program.POSTMAP, "-q", "a", "lmdb:t")).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void u_folds_ASCII_only_for_aliases_too() throws Exception {
        Files.writeString(dir.resolve("t"), "GR\u00dcN: b\n");
        assertThat(run(Postmap.Program.POSTALIAS, "-u", "lmdb:t")).isZero();
        assertThat(run(Postmap.Program.POSTALIAS, "-u", "-q", "gr\u00dcn", "lmdb:t")).isZero();
        assertThat(run(Postmap.Program.POSTALIAS, "-u", "-q", "gr\u00fcn", "lmdb:t")).isOne();
    }
}
