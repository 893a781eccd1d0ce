// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.cdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.tck.lookup.PostfixPostmap;
import org.ostler.mail.tck.lookup.Specs;
import org.ostler.mail.tck.lookup.TableContract;

/** Tables built here, and one file with Debian's postmap on the other side. */
class CdbTest implements TableContract {

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();

    private TableSpec spec(String name) {
        return Specs.of("cdb", name, dir, warnings::add);
    }

    private void make(String name, Optional<Boolean> nul, boolean replace, Map<String, String> entries) throws Exception {
        new CdbMaker().change(spec(name), new TableMaker.Options(true, nul, 0640, 0), w -> {
            for (var e : entries.entrySet()) {
                w.put(CaseFold.fold(e.getKey()), e.getValue(), replace);
            }
        });
    }

    @Override
    public Table tableWith(Map<String, String> entries) throws Exception {
        make("t", Optional.empty(), false, entries);
        return new CdbFactory().open(spec("t"));
    }

    @Test
    void many_records_collisions_and_long_ones() throws Exception {
        var entries = new LinkedHashMap<String, String>();
        for (int i = 0; i < 20_000; i++) {
            entries.put("key" + i, "v" + i);
        }
        entries.put("k".repeat(100_000), "v".repeat(200_000));
        try (Table table = tableWith(entries)) {
            for (var e : entries.entrySet()) {
                assertThat(table.find(e.getKey())).isEqualTo(Answer.found(e.getValue()));
            }
            var all = new LinkedHashMap<String, String>();
            assertThat(table.list(all::put)).isTrue();
            assertThat(all).isEqualTo(entries);
            assertThat(List.copyOf(all.keySet())).isEqualTo(List.copyOf(entries.keySet()));
        }
    }

    /** {@code postmap -u} of Postfix keeps such a value. Replacement characters in an address would send mail to somebody else, or back. */
    @Test
    void a_value_that_is_not_UTF_8_is_unavailable_and_named() throws Exception {
        for (byte[] bad : new byte[][] {{'g', 'r', (byte) 0xfc, 'n'}, {(byte) 0xef}, {(byte) 0xc0, (byte) 0x80}, {(byte) 0xed, (byte) 0xa0, (byte) 0x80}}) {
            new CdbMaker().change(spec("t"), new TableMaker.Options(true, Optional.empty(), 0640, 0), w -> {
                w.put("k".getBytes(UTF_8), bad, true);
                w.put("good", "\ufffd gr\u00fcn", true);
            });
            try (Table table = new CdbFactory().open(spec("t"))) {
                assertThat(table.find("k")).isEqualTo(Answer.unavailable("value is not UTF-8"));
                assertThat(table.find("good")).isEqualTo(Answer.found("\ufffd gr\u00fcn"));
            }
        }
        assertThat(warnings).first().isEqualTo("cdb:t.cdb: key \"k\": non-UTF-8 value \"gr?n\": malformed UTF-8 or invalid codepoint");
        assertThat(warnings).hasSize(4);
    }

    @Test
    void the_first_of_two_stays_unless_replaced() throws Exception {
        var results = new ArrayList<Boolean>();
        for (boolean replace : new boolean[] {false, true}) {
            new CdbMaker().change(spec("t"), new TableMaker.Options(true, Optional.empty(), 0644, 0), w -> {
                results.add(w.put("a", "1", replace));
                results.add(w.put("b", "2", replace));
                results.add(w.put("a", "3", replace));
                results.add(w.put("a", "4", replace));
            });
            try (Table table = new CdbFactory().open(spec("t"))) {
                assertThat(table.find("a")).isEqualTo(Answer.found(replace ? "4" : "1"));
                var all = new TreeMap<String, String>();
                table.list((k, v) -> assertThat(all.put(k, v)).isNull());
                assertThat(all).containsOnlyKeys("a", "b");
                assertThat(table.size()).hasValue(2);
            }
        }
        assertThat(results).containsExactly(true, true, false, false, true, true, true, true);
    }

    @Test
    void a_build_is_all_or_nothing_and_leaves_nothing_beside() throws Exception {
        try (Table old = tableWith(Map.of("a", "1"))) {
            assertThatThrownBy(() -> new CdbMaker().change(spec("t"), new TableMaker.Options(true, Optional.empty(), 0644, 0), w -> {
                w.put("a", "2", false);
                throw new java.io.IOException("half way");
            })).hasMessage("half way");
            assertThat(old.find("a")).isEqualTo(Answer.found("1"));
            make("t", Optional.of(true), false, Map.of("a", "3"));
            // Who has it open reads the old one to the end; lookup-core sees from sources() that there is a new one.
            assertThat(old.find("a")).isEqualTo(Answer.found("1"));
            assertThat(old.sources()).containsExactly(dir.resolve("t.cdb"));
        }
        try (Table fresh = new CdbFactory().open(spec("t"))) {
            assertThat(fresh.find("a")).isEqualTo(Answer.found("3"));
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("t.cdb")))).isEqualTo("rw-r-----");
        try (var files = Files.list(dir)) {
            assertThat(files).containsExactly(dir.resolve("t.cdb"));
        }
    }

    @Test
    void errors_are_those_of_postfix() throws Exception {
        assertThatThrownBy(() -> new CdbFactory().open(spec("none"))).hasMessage("open database none.cdb: No such file or directory");
        Files.writeString(dir.resolve("short.cdb"), "no database");
        assertThatThrownBy(() -> new CdbFactory().open(spec("short"))).hasMessage("unable to init short.cdb: Protocol error");
        assertThatThrownBy(() -> new CdbMaker().change(spec("t"), new TableMaker.Options(false, Optional.empty(), 0644, 0), w -> { })).hasMessageContaining("inappropriate open flags");
        assertThatThrownBy(() -> make("no/dir", Optional.empty(), false, Map.of())).hasMessage("open database no/dir.cdb: No such file or directory");
    }

    /** What is left of the last page reads as zeros, which in a place of a table means that nobody is there. */
    @Test
    void a_file_that_is_cut_off_while_it_is_open_never_says_not_found() throws Exception {
        try (Table table = tableWith(Map.of("a", "1", "bb", "22"));
                FileChannel file = FileChannel.open(dir.resolve("t.cdb"), StandardOpenOption.WRITE)) {
            assertThat(table.find("a")).isEqualTo(Answer.found("1"));
            for (long size = file.size() - 1; size >= 0; size -= 97) {
                file.truncate(size);
                assertThat(table.find("a")).isEqualTo(Answer.unavailable("error reading t.cdb: the file was cut off or written over"));
                assertThat(table.find("nobody")).isInstanceOf(Answer.Unavailable.class);
            }
        }
    }

    /** Every byte of the file once with another value: an answer or "unavailable", no exception, nothing read outside. */
    @Test
    void damage_is_never_a_crash() throws Exception {
        tableWith(Map.of("a", "1", "bb", "22")).close();
        byte[] good = Files.readAllBytes(dir.resolve("t.cdb"));
        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= (byte) 0xff;
            Files.write(dir.resolve("bad.cdb"), bad);
            try (Table table = new CdbFactory().open(spec("bad"))) {
                table.find("a");
                table.find("bb");
                table.size();
            } catch (org.ostler.mail.lookup.spi.TableOpenException e) {
                assertThat(e).hasMessage("unable to init bad.cdb: Protocol error");
            }
        }
        ByteBuffer record = ByteBuffer.wrap(good.clone()).order(ByteOrder.LITTLE_ENDIAN);
        record.putInt(2052, Integer.MAX_VALUE);
        Files.write(dir.resolve("bad.cdb"), record.array());
        try (Table table = new CdbFactory().open(spec("bad"))) {
            assertThat(List.of(table.find("a"), table.find("bb"))).hasAtLeastOneElementOfType(Answer.Unavailable.class);
        }
    }

    static boolean postfixCdbIsHere() {
        return PostfixPostmap.isHere("cdb");
    }

    private String postmap(String... arguments) throws Exception {
        return new PostfixPostmap(dir).run(arguments);
    }

    @Test
    @EnabledIf(value = "postfixCdbIsHere", disabledReason = "Postfix's postmap with cdb (Debian packages postfix, postfix-cdb) is not installed")
    void postfix_reads_ours_and_we_read_postfixs_with_and_without_zero_bytes() throws Exception {
        var entries = new LinkedHashMap<String, String>();
        for (int i = 0; i < 3000; i++) {
            entries.put("key" + i, "v" + i);
        }
        entries.put("stra\u00dfe", "gr\u00fc\u00df");
        for (boolean nul : new boolean[] {false, true}) {
            make("ours", Optional.of(nul), false, entries);
            assertThat(postmap("-q", "key2999", "cdb:ours")).isEqualTo("0:v2999\n");
            assertThat(postmap("-q", "strasse", "cdb:ours")).isEqualTo("0:gr\u00fc\u00df\n");
            assertThat(postmap("-q", "none", "cdb:ours")).isEqualTo("1:");
            var text = new StringBuilder();
            entries.forEach((k, v) -> text.append(k).append(' ').append(v).append('\n'));
            Files.writeString(dir.resolve("theirs"), text);
            assertThat(postmap(nul ? "-N" : "-n", "cdb:theirs")).isEqualTo("0:");
            try (Table table = new CdbFactory().open(spec("theirs"))) {
                assertThat(table.find("key2999")).isEqualTo(Answer.found("v2999"));
                assertThat(table.find("strasse")).isEqualTo(Answer.found("gr\u00fc\u00df"));
                assertThat(table.find("none")).isEqualTo(Answer.NOT_FOUND);
                assertThat(table.size()).hasValue(3001);
            }
            assertThat(Files.readAllBytes(dir.resolve("ours.cdb"))).isEqualTo(Files.readAllBytes(dir.resolve("theirs.cdb")));
        }
    }
}
