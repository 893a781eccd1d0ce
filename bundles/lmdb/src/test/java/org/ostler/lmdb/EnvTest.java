// SPDX-License-Identifier: Apache-2.0
package org.ostler.lmdb;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LMDB as its two users need it. */
class EnvTest {

    @TempDir
    Path dir;

    @Test
    void the_library_says_its_version_and_its_errors() {
        assertThat(Lmdb.version()).startsWith("LMDB 0.9");
        assertThat(Lmdb.message(Lmdb.MAP_FULL)).contains("MDB_MAP_FULL");
        assertThat(Lmdb.message(2)).isEqualTo("No such file or directory");
    }

    @Test
    void the_size_of_an_open_file_is_told_while_it_is_cut_off_and_after_a_rename() throws Exception {
        try (Env env = table()) {
            int descriptor = env.descriptor();
            Path file = dir.resolve("t.lmdb");
            long size = Files.size(file);
            assertThat(size).isPositive();
            assertThat(OpenFile.size(descriptor)).isEqualTo(size);
            Path moved = Files.move(file, dir.resolve("moved"));
            try (var channel = FileChannel.open(moved, StandardOpenOption.WRITE)) {
                channel.truncate(size - 1);
            }
            assertThat(OpenFile.size(descriptor)).isEqualTo(size - 1);
        }
        assertThatThrownBy(() -> OpenFile.size(-1)).isInstanceOf(IOException.class);
    }

    @Test
    void nothing_is_left_in_the_temporary_directory() throws Exception {
        Lmdb.load();
        try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            assertThat(files.filter(f -> f.getFileName().toString().startsWith("ostler-lmdb-") && f.toFile().lastModified() > ProcessHandle.current()
                    .info().startInstant().orElseThrow().toEpochMilli())).isEmpty();
        }
    }

    @Test
    void what_is_put_and_committed_is_got_and_what_is_not_committed_is_gone() {
        try (Env env = table()) {
            try (Txn txn = env.beginWrite()) {
                int db = txn.open();
                assertThat(txn.put(db, bytes("a"), bytes("1"), Lmdb.NOOVERWRITE)).isTrue();
                assertThat(txn.put(db, bytes("a"), bytes("2"), Lmdb.NOOVERWRITE)).isFalse();
                txn.putNul(db, bytes("b"), new byte[100_000], 0);
                txn.commit();
            }
            try (Txn txn = env.beginWrite()) {
                int db = txn.open();
                txn.put(db, bytes("c"), bytes("3"));
                assertThat(txn.delete(db, bytes("a"))).isTrue();
                assertThat(txn.delete(db, bytes("a"))).isFalse();
            }
            try (Txn txn = env.beginRead()) {
                int db = txn.open();
                assertThat(txn.get(db, bytes("a"))).isEqualTo(bytes("1"));
                assertThat(txn.get(db, bytes("b"))).isNull();
                assertThat(txn.getNul(db, bytes("b"))).hasSize(100_001);
                assertThat(txn.get(db, bytes("c"))).isNull();
                assertThat(txn.get(db, new byte[600])).isNull();
                assertThat(txn.get(db, new byte[0])).isNull();
                assertThat(txn.entries(db)).isEqualTo(2);
            }
        }
    }

    /** A long row goes to the library by another way than a short one, and nothing of the one before it may go with the next. */
    @Test
    void keys_and_values_of_any_length_come_back() {
        for (boolean nul : new boolean[] {true, false}) {
            try (Env env = table(); Txn txn = env.beginWrite()) {
                int db = txn.open();
                txn.clear(db);
                for (int keyLength : new int[] {500, 255, 9, 8, 7, 1}) {
                    byte[] key = "k".repeat(keyLength).getBytes(US_ASCII);
                    for (int length = 520; length >= 0; length--) {
                        byte[] value = "v".repeat(length).getBytes(US_ASCII);
                        assertThat(nul ? txn.putNul(db, key, value, 0) : txn.put(db, key, value, 0)).isTrue();
                        assertThat(nul ? txn.getNul(db, key) : txn.get(db, key)).as("%d, %d", keyLength, length).isEqualTo(nul ? Arrays.copyOf(value, length + 1) : value);
                    }
                }
                assertThat(txn.entries(db)).isEqualTo(6);
            }
        }
    }

    @Test
    void a_reader_keeps_its_moment_until_it_is_renewed() {
        try (Env env = table()) {
            int db;
            try (Txn txn = env.beginWrite()) {
                db = txn.open();
                txn.put(db, bytes("k"), bytes("old"));
                txn.commit();
            }
            try (Txn reader = env.beginRead()) {
                try (Txn txn = env.beginWrite()) {
                    txn.put(db, bytes("k"), bytes("new"));
                    txn.commit();
                }
                assertThat(reader.get(db, bytes("k"))).isEqualTo(bytes("old"));
                reader.reset();
                assertThatThrownBy(() -> reader.get(db, bytes("k"))).isInstanceOf(IllegalStateException.class);
                reader.renew();
                assertThat(reader.get(db, bytes("k"))).isEqualTo(bytes("new"));
            }
        }
    }

    @Test
    void a_cursor_walks_in_order_seeks_and_deletes() {
        try (Env env = table(); Txn txn = env.beginWrite()) {
            int db = txn.open();
            for (String key : new String[] {"d", "b", "a", "c"}) {
                txn.put(db, bytes(key), bytes(key + key));
            }
            var seen = new ArrayList<String>();
            try (Cursor at = txn.cursor(db)) {
                for (boolean more = at.first(); more; more = at.next()) {
                    seen.add(new String(at.key(), US_ASCII) + new String(at.value(), US_ASCII));
                }
                assertThat(seen).containsExactly("aaa", "bbb", "ccc", "ddd");
                assertThat(at.seek(bytes("bb"))).isTrue();
                assertThat(at.key()).isEqualTo(bytes("c"));
                at.delete();
                assertThat(at.next()).isTrue();
                assertThat(at.key()).isEqualTo(bytes("d"));
                assertThat(at.find(bytes("c"))).isFalse();
                assertThat(at.seek(bytes("e"))).isFalse();
                assertThat(at.last()).isTrue();
                assertThat(at.previous()).isTrue();
                assertThat(at.key()).isEqualTo(bytes("b"));
            }
        }
    }

    @Test
    void named_databases_with_several_values_per_key() {
        try (Env env = Env.open(dir.resolve("named"), Env.Options.of(Lmdb.NOSUBDIR).maxDbs(4).mapSize(1 << 20))) {
            int db;
            try (Txn txn = env.beginWrite()) {
                db = txn.open("by-sender", Lmdb.CREATE | Lmdb.DUPSORT);
                txn.put(db, bytes("s"), bytes("2"));
                txn.put(db, bytes("s"), bytes("1"));
                txn.put(db, bytes("t"), bytes("3"));
                assertThat(txn.put(db, bytes("s"), bytes("1"), Lmdb.NODUPDATA)).isFalse();
                txn.commit();
            }
            try (Txn txn = env.beginWrite(); Cursor at = txn.cursor(db)) {
                assertThat(at.find(bytes("s"))).isTrue();
                assertThat(at.value()).isEqualTo(bytes("1"));
                assertThat(at.nextValue()).isTrue();
                assertThat(at.nextValue()).isFalse();
                assertThat(at.nextKey()).isTrue();
                assertThat(at.key()).isEqualTo(bytes("t"));
                assertThat(txn.delete(db, bytes("s"), bytes("2"))).isTrue();
                assertThat(txn.entries(db)).isEqualTo(2);
            }
        }
    }

    @Test
    void a_full_map_is_an_error_with_its_code_and_can_be_grown() {
        try (Env env = Env.open(dir.resolve("small"), Env.Options.of(Lmdb.NOSUBDIR).mapSize(64 << 10))) {
            try (Txn txn = env.beginWrite()) {
                int db = txn.open();
                assertThatThrownBy(() -> txn.put(db, bytes("k"), new byte[200_000])).isInstanceOfSatisfying(LmdbException.class,
                        e -> assertThat(e.code()).isEqualTo(Lmdb.MAP_FULL));
            }
            env.setMapSize(1 << 20);
            try (Txn txn = env.beginWrite()) {
                txn.put(txn.open(), bytes("k"), new byte[200_000]);
                txn.commit();
            }
            assertThat(env.info().mapSize()).isEqualTo(1 << 20);
            env.sync();
            assertThat(env.maxKeySize()).isEqualTo(511);
            assertThat(env.clearStaleReaders()).isZero();
        }
    }

    @Test
    void misuse_is_an_exception_and_not_a_crash() {
        Env env = table();
        Txn txn = env.beginRead();
        assertThatThrownBy(env::close).isInstanceOf(IllegalStateException.class).hasMessageContaining("1 open");
        txn.close();
        txn.close();
        assertThatThrownBy(() -> txn.get(1, bytes("k"))).isInstanceOf(IllegalStateException.class);
        env.close();
        env.close();
        assertThatThrownBy(env::beginRead).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> Env.open(dir.resolve("none/none"), Env.Options.of(Lmdb.NOSUBDIR))).isInstanceOf(LmdbException.class)
                .hasMessageContaining("No such file");
    }

    @Test
    void many_virtual_threads_read_while_one_platform_thread_writes() throws Exception {
        try (Env env = table(); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            int db;
            try (Txn txn = env.beginWrite()) {
                db = txn.open();
                txn.put(db, bytes("k"), bytes("0"));
                txn.commit();
            }
            var readers = new ArrayList<Future<Integer>>();
            for (int i = 0; i < 50; i++) {
                readers.add(threads.submit(() -> {
                    int last = 0;
                    for (int n = 0; n < 1000; n++) {
                        // Not monotonic between transactions: a reader that is held up while it begins may see a commit an instant early.
                        try (Txn txn = env.beginRead()) {
                            last = Integer.parseInt(new String(txn.get(db, bytes("k")), US_ASCII));
                        }
                    }
                    return last;
                }));
            }
            for (int n = 1; n <= 200; n++) {
                try (Txn txn = env.beginWrite()) {
                    txn.put(db, bytes("k"), bytes("" + n));
                    txn.commit();
                }
            }
            for (var reader : readers) {
                assertThat(reader.get(60, java.util.concurrent.TimeUnit.SECONDS)).isBetween(0, 200);
            }
        }
    }

    @Test
    void file_locks_conflict_between_descriptors_and_with_the_fcntl_locks_of_another_process() throws Exception {
        Path file = dir.resolve("t.lmdb");
        try (Env one = Env.open(file, Env.Options.of(Lmdb.NOSUBDIR | Lmdb.NOLOCK))) {
            int fd = one.descriptor();
            assertThat(FileLock.tryLock(fd, FileLock.Kind.EXCLUSIVE)).isTrue();
            // An ordinary fcntl lock, as Postfix takes it; perl is in Debian's base system.
            assertThat(perlLocks(file)).isFalse();
            FileLock.unlock(fd);
            assertThat(perlLocks(file)).isTrue();
            assertThat(FileLock.lock(fd, FileLock.Kind.SHARED, Duration.ofSeconds(10))).isTrue();
            assertThat(perlLocks(file)).isFalse();
            assertThatThrownBy(() -> FileLock.tryLock(-1, FileLock.Kind.SHARED)).hasMessageContaining("Bad file descriptor");
        }
    }

    private static boolean perlLocks(Path file) throws Exception {
        Process perl = new ProcessBuilder("perl", "-e",
                "use Fcntl; open(F, '+<', $ARGV[0]) or die; my $l = pack('s s x4 q q i x4', F_WRLCK, 0, 0, 0, 0); exit(fcntl(F, F_SETLK, $l) ? 0 : 1)",
                file.toString()).inheritIO().start();
        return perl.waitFor() == 0;
    }

    private Env table() {
        return Env.open(dir.resolve("t.lmdb"), Env.Options.of(Lmdb.NOSUBDIR).mapSize(4 << 20));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }
}
