// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.config.Settings;
import org.ostler.postmap.EffectiveUser.FileOwner;

/** Root builds a table as the owner of its source, as postmap(1) says of {@code -o}; the texts and owners are what Postfix 3.12 printed and made in the same directories. */
@Timeout(60)
class SourceOwnerTest {

    private static final int SOMEBODY = 65534;
    private static final String OF_ROOT = "Creating root-owned database file(s) own/%1$s.* in non-root-owned directory own. Files %2$s, own/%1$s.*, and directory own should have the same owner. "
            + "Please fix ownership to avoid a privilege-escalation attack.\n";

    @TempDir
    Path dir;
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Path input;

    @BeforeEach
    void own() throws Exception {
        assumeTrue(FileOwner.self().user() == 0, "only root can become the owner of a source");
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
        input = Files.writeString(dir.resolve("input"), "");
        // The classes may be in a directory that is root's alone: all that are used are loaded as root.
        for (String type : List.of("lmdb", "cdb")) {
            Files.writeString(dir.resolve("warm"), "a b\n");
            assertThat(run(type + ":warm")).isZero();
            assertThat(run(type + ":warm/none")).isOne();
        }
        Files.createDirectory(dir.resolve("own"));
        give("own");
        source("own/a");
    }

    private void source(String name) throws Exception {
        Files.writeString(dir.resolve(name), "key value\n");
        give(name);
    }

    private void give(String name) throws Exception {
        Files.setAttribute(dir.resolve(name), "unix:uid", SOMEBODY);
        Files.setAttribute(dir.resolve(name), "unix:gid", SOMEBODY);
    }

    private int run(String... arguments) {
        err.reset();
        var none = new PrintStream(new ByteArrayOutputStream());
        return Postmap.run(Postmap.Program.POSTMAP, List.of(arguments), new Postmap.Surroundings(new ByteArrayInputStream("added v\n".getBytes(StandardCharsets.UTF_8)), none,
                new PrintStream(err, true, StandardCharsets.UTF_8), dir, directory -> Settings.parse("default_database_type = lmdb"), input, false, System::nanoTime));
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private FileOwner owner(String name) throws Exception {
        return FileOwner.of(dir.resolve(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lmdb", "cdb"})
    void a_table_is_its_owners_and_afterwards_root_is_root(String type) throws Exception {
        assertThat(run(type + ":own/a")).as(said()).isZero();
        assertThat(owner("own/a." + type)).isEqualTo(new FileOwner(SOMEBODY, SOMEBODY, true));
        assertThat(FileOwner.self().user()).isZero();
        assertThat(FileOwner.self().group()).isZero();
        assertThat(said()).isEmpty();
    }

    /** Else whoever owns one source writes into each table of the machine. */
    @Test
    void a_planted_link_leads_nowhere() throws Exception {
        Files.writeString(dir.resolve("roots"), "r s\n");
        assertThat(run("lmdb:roots")).isZero();
        byte[] before = Files.readAllBytes(dir.resolve("roots.lmdb"));
        Files.createSymbolicLink(dir.resolve("own/a.lmdb"), dir.resolve("roots.lmdb"));
        assertThat(run("lmdb:own/a")).isOne();
        assertThat(said()).isEqualTo("postmap: fatal: open database own/a.lmdb: Permission denied\n");
        assertThat(Files.readAllBytes(dir.resolve("roots.lmdb"))).isEqualTo(before);
        assertThat(FileOwner.self().user()).isZero();
    }

    @Test
    void an_empty_file_of_root_is_not_filled_either() throws Exception {
        Path empty = Files.createFile(dir.resolve("empty"));
        Files.createSymbolicLink(dir.resolve("own/a.lmdb"), empty);
        assertThat(run("lmdb:own/a")).isOne();
        assertThat(said()).isEqualTo("postmap: fatal: open database own/a.lmdb: Permission denied\n");
        assertThat(empty).isEmptyFile();
    }

    @Test
    void where_the_directory_is_roots_its_owner_makes_no_table() throws Exception {
        source("x");
        assertThat(run("lmdb:x")).isOne();
        assertThat(said()).isEqualTo("postmap: fatal: open database x.lmdb: Permission denied\n");
        assertThat(run("-o", "lmdb:x")).isZero();
        assertThat(owner("x.lmdb").user()).isZero();
        assertThat(said()).isEmpty();
    }

    @Test
    void a_source_of_root_in_a_directory_of_somebody_is_warned_of() throws Exception {
        Files.writeString(dir.resolve("own/r"), "r s\n");
        assertThat(run("lmdb:own/r")).isZero();
        assertThat(said()).isEqualTo("postmap: warning: " + OF_ROOT.formatted("r", "own/r"));
        assertThat(owner("own/r.lmdb").user()).isZero();
        assertThat(run("-i", "lmdb:own/r")).isZero();
        assertThat(said()).isEqualTo("postmap: warning: " + OF_ROOT.formatted("r", "stdin"));
    }

    @Test
    void what_is_added_from_somebodys_file_is_added_as_him() throws Exception {
        assertThat(run("lmdb:own/a")).isZero();
        give("input");
        Files.setPosixFilePermissions(dir.resolve("own/a.lmdb"), PosixFilePermissions.fromString("rw-------"));
        assertThat(run("-i", "lmdb:own/a")).as(said()).isZero();
        Files.setAttribute(dir.resolve("own/a.lmdb"), "unix:uid", 0);
        assertThat(run("-i", "lmdb:own/a")).isOne();
        assertThat(said()).isEqualTo("postmap: fatal: open database own/a.lmdb: Permission denied\n");
    }

    /** Else a name that leads to a secret of root's while it is read, and to a file of somebody's when its owner is looked up, would give him the secret. */
    @Test
    void text_and_owner_are_of_one_file_whatever_its_name_comes_to_mean() throws Exception {
        Path secret = Files.writeString(dir.resolve("secret"), "root's own\n");
        Path name = Files.createSymbolicLink(dir.resolve("own/link"), secret);
        try (var open = EffectiveUser.OpenSource.of(name)) {
            Files.delete(name);
            Files.createSymbolicLink(name, dir.resolve("own/a"));
            assertThat(FileOwner.of(open.path()).user()).isZero();
            assertThat(Files.readString(open.path())).isEqualTo("root's own\n");
        }
    }

    @Test
    void a_source_that_is_not_there_is_named() {
        assertThat(run("lmdb:own/nosuch")).isOne();
        assertThat(said()).isEqualTo("postmap: fatal: open own/nosuch: No such file or directory\n");
        assertThat(run("lmdb:own")).isOne();
        assertThat(said()).isEqualTo("postmap: fatal: open own: Is a directory\n");
    }
}
