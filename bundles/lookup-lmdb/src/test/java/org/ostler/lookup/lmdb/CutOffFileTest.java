// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.lmdb.Env;
import org.ostler.lmdb.FileLock;
import org.ostler.lmdb.Lmdb;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.tck.lookup.Specs;

/** A full disk, an interrupted copy: pages are missing, and what is read in their place ends the process or says "not found". */
class CutOffFileTest {

    private static final String SHORT = "file is shorter than its contents";

    @TempDir
    Path dir;
    private final LmdbFactory factory = new LmdbFactory();

    private TableSpec spec() {
        return Specs.of("lmdb", "t", dir, line -> { });
    }

    private Path file() {
        return dir.resolve("t.lmdb");
    }

    private void make(boolean rebuild, int entries, int length) throws Exception {
        new LmdbMaker().change(spec(), new TableMaker.Options(rebuild, Optional.empty(), 0640, 0), w -> {
            for (int i = 0; i < entries; i++) {
                w.put("key" + i, "v".repeat(length), true);
            }
        });
    }

    private void cut(long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    /** The table has three pages: two at the beginning, and one with all its entries. */
    @ParameterizedTest
    @ValueSource(ints = {4096, 5000, 8192, 9000, 12_287})
    void a_file_that_is_cut_off_is_unavailable_until_it_is_built_again(int size) throws Exception {
        make(true, 20, 9);
        assertThat(Files.size(file())).isEqualTo(12_288);
        cut(size);
        assertThatThrownBy(() -> factory.open(spec())).isInstanceOf(TableOpenException.class).hasMessage("open database t.lmdb: " + SHORT);
        assertThatThrownBy(() -> make(false, 20, 9)).isInstanceOf(TableOpenException.class).hasMessage("open database t.lmdb: " + SHORT);
        make(true, 20, 9);
        try (Table table = factory.open(spec())) {
            assertThat(table.find("key7")).isEqualTo(Answer.found("vvvvvvvvv"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4096, 8192, 9000})
    void a_table_that_is_open_becomes_unavailable_and_comes_back(int size) throws Exception {
        make(true, 20, 1);
        try (Table table = factory.open(spec())) {
            assertThat(table.find("key1")).isEqualTo(Answer.found("v"));
            try (Env env = Env.open(file(), Env.Options.of(Lmdb.NOSUBDIR | Lmdb.NOLOCK))) {
                // Between two windows: within one nobody can help.
                assertThat(FileLock.lock(env.descriptor(), FileLock.Kind.EXCLUSIVE, Duration.ofSeconds(30))).isTrue();
                cut(size);
            }
            assertThat(table.find("key1")).isEqualTo(Answer.unavailable("error reading lmdb:t: " + SHORT));
            assertThat(table.find("key1")).isInstanceOf(Answer.Unavailable.class);
            if (size == 1) {
                // No LMDB file, perhaps somebody else's.
                assertThatThrownBy(() -> make(true, 20, 2)).hasMessageContaining("MDB_INVALID");
                Files.delete(file());
            }
            make(true, 20, 2);
            assertThat(table.find("key1")).isEqualTo(Answer.found("vv"));
        }
    }

    /** As `cp` does it. Without the look within the window this ends the process that tests. */
    @Test
    void a_file_that_is_copied_over_in_place_is_unavailable_for_that_moment() throws Exception {
        make(true, 20, 1);
        byte[] all = Files.readAllBytes(file());
        try (Table table = factory.open(spec())) {
            for (int round = 0; round < 20; round++) {
                assertThat(table.find("key1")).isEqualTo(Answer.found("v"));
                cut(0);
                long end = System.nanoTime() + 1_000_000;
                while (System.nanoTime() < end) {
                    // Still within the window, and longer than readers go without a look.
                    Thread.onSpinWait();
                }
                assertThat(table.find("key1")).isInstanceOf(Answer.Unavailable.class);
                Files.write(file(), all);
            }
            assertThat(table.find("key1")).isEqualTo(Answer.found("v"));
        }
    }

    /** The first blocks of a larger table, as `cp` writes them, are already longer than the old one. Without a closer look this ends the process that tests. */
    @Test
    void a_larger_table_that_is_being_copied_over_in_place_is_unavailable_until_it_is_there() throws Exception {
        make(true, 20, 1);
        byte[] small = Files.readAllBytes(file());
        make(true, 2000, 500);
        byte[] large = Files.readAllBytes(file());
        Files.write(file(), small);
        try (Table table = factory.open(spec())) {
            for (int round = 0; round < 20; round++) {
                assertThat(table.find("key1")).isEqualTo(Answer.found("v"));
                Files.write(file(), Arrays.copyOf(large, 8 * small.length));
                long end = System.nanoTime() + 1_000_000;
                while (System.nanoTime() < end) {
                    // Still within the window, and longer than readers go without a look.
                    Thread.onSpinWait();
                }
                assertThat(table.find("key1")).isInstanceOf(Answer.Unavailable.class);
                Files.write(file(), large);
                assertThat(table.find("key1999")).isEqualTo(Answer.found("v".repeat(500)));
                Files.write(file(), small);
                assertThat(table.find("key1999")).isNotInstanceOf(Answer.Found.class);
            }
        }
    }

    /** A leaf that says it has more entries than fit into it. */
    @Test
    void a_page_that_is_rubbish_is_unavailable() throws Exception {
        make(true, 500, 3000);
        Map<Integer, ByteBuffer> metas = Map.of(0, page(0), 4096, page(4096));
        long root = metas.values().stream().max(Comparator.comparing(meta -> meta.getLong(144))).orElseThrow().getLong(128);
        ByteBuffer leaf = page(root * 4096);
        leaf.put(10, new byte[4086]).putShort(10, (short) 2).putShort(12, (short) (4096 + 16));
        try (var raw = new RandomAccessFile(file().toFile(), "rw")) {
            raw.seek(root * 4096);
            raw.write(leaf.array());
        }
        endEarly();
        assertThatThrownBy(() -> factory.open(spec())).isInstanceOf(TableOpenException.class).hasMessage("open database t.lmdb: " + SHORT);
    }

    private ByteBuffer page(long at) throws IOException {
        try (var raw = new RandomAccessFile(file().toFile(), "r")) {
            ByteBuffer page = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());
            raw.seek(at);
            raw.readFully(page.array());
            return page;
        }
    }

    @Test
    void something_else_in_the_place_of_a_table_is_unavailable() throws Exception {
        make(true, 20, 1);
        try (Table table = factory.open(spec())) {
            assertThat(table.find("key1")).isEqualTo(Answer.found("v"));
            try (Env env = Env.open(file(), Env.Options.of(Lmdb.NOSUBDIR | Lmdb.NOLOCK)); var raw = new RandomAccessFile(file().toFile(), "rw")) {
                assertThat(FileLock.lock(env.descriptor(), FileLock.Kind.EXCLUSIVE, Duration.ofSeconds(30))).isTrue();
                raw.write(new byte[12_288]);
            }
            assertThat(table.find("key1")).isInstanceOf(Answer.Unavailable.class);
            assertThat(table.find("key1").toString()).contains("MDB_INVALID");
            Files.delete(file());
            make(true, 20, 2);
            assertThat(table.find("key1")).isEqualTo(Answer.found("vv"));
        }
    }

    @Test
    void an_open_table_goes_on_while_its_file_may_not_be_read() throws Exception {
        make(true, 20, 1);
        try (Table table = factory.open(spec()); Env env = Env.open(file(), Env.Options.of(Lmdb.NOSUBDIR | Lmdb.NOLOCK))) {
            assertThat(FileLock.lock(env.descriptor(), FileLock.Kind.EXCLUSIVE, Duration.ofSeconds(30))).isTrue();
            Files.setPosixFilePermissions(file(), Set.of());
            FileLock.unlock(env.descriptor());
            assertThat(table.find("key1")).isEqualTo(Answer.found("v"));
        }
    }

    /** Of a larger table only the last page, which may be that of a long value. */
    @ParameterizedTest
    @ValueSource(ints = {10, 3000, 9000})
    void one_page_less_is_noticed(int length) throws Exception {
        make(true, 500, length);
        cut(Files.size(file()) - 4096);
        assertThatThrownBy(() -> factory.open(spec())).hasMessage("open database t.lmdb: " + SHORT);
    }

    /** A page at the end that was given back before it was written. */
    @Test
    void a_file_that_rightly_ends_early_is_read() throws Exception {
        make(true, 500, 3000);
        endEarly();
        try (Table table = factory.open(spec())) {
            assertThat(table.find("key499")).isEqualTo(Answer.found("v".repeat(3000)));
            assertThat(table.find("none")).isEqualTo(Answer.NOT_FOUND);
        }
        cut(Files.size(file()) - 4096);
        assertThatThrownBy(() -> factory.open(spec())).hasMessage("open database t.lmdb: " + SHORT);
    }

    /** As if three pages behind the end had been given out and given back. */
    private void endEarly() throws IOException {
        try (var raw = new RandomAccessFile(file().toFile(), "rw")) {
            for (int meta : new int[] {0, 4096}) {
                byte[] last = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(Files.size(file()) / 4096 + 3).array();
                raw.seek(meta + 136);
                raw.write(last);
            }
        }
    }
}
