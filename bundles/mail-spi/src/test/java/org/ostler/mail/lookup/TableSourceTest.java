// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.spi.AliasSource;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;

/** The same lines, warnings and values as postmap and postalias gave (3.7.11; alias names as in 3.12, which keeps their quotes). */
class TableSourceTest {

    private final List<String> warnings = new ArrayList<>();

    private List<String> entries(byte[] text) {
        TableSource source = TableSource.of(text, "src", warnings::add);
        var out = new ArrayList<String>();
        for (TableSource.Entry e = source.nextEntry(); e != null; e = source.nextEntry()) {
            out.add(e.line() + "|" + e.key() + "|" + e.value());
        }
        TableSource raw = TableSource.of(text, "src", line -> { });
        for (String entry : out) {
            assertThat(raw.next()).isTrue();
            assertThat(raw.line() + "|" + new String(raw.key(), UTF_8) + "|" + new String(raw.value(), UTF_8)).isEqualTo(entry);
        }
        assertThat(raw.next()).isFalse();
        return out;
    }

    /** As 3.12 does: a file that a crash has left with zeros in it. */
    @Test
    void what_stands_behind_a_zero_byte_is_left_out_with_a_warning() {
        assertThat(entries("a va\0lue\nb\0x val\nc ok\n\0d v\0\n\0\0\0\n #\0".getBytes(UTF_8))).containsExactly("1|a|va", "3|c|ok");
        assertThat(warnings).containsExactly("src, line 1: text after null byte may be ignored", "src, line 2: text after null byte may be ignored", "src, line 4: text after null byte may be ignored",
                "src, line 5: text after null byte may be ignored", "src, line 2: expected format: key whitespace value");
    }

    @Test
    void keys_values_quotes_and_continuation_lines() {
        assertThat(entries("""
            # comment
              # indented
            key1 value1
            KEY2\tValue Two \s
            key3 part1
              part2
            # inside
            \tpart3
            "quoted key" v6
            "quoted \\"x\\" key" v7
            \\"esc v
            k"e"y v
            """.getBytes(UTF_8))).containsExactly("3|key1|value1", "4|KEY2|Value Two", "5|key3|part1  part2\tpart3", "9|\"quoted key\"|v6",
                "10|\"quoted \\\"x\\\" key\"|v7", "11|\\\"esc|v", "12|k\"e\"y|v");
        assertThat(warnings).isEmpty();
    }

    @Test
    void lines_without_sense_are_left_out_with_a_warning() {
        assertThat(entries("  lead v\nkey4\n\"unterminated v8\nkey9: v9\nk \u00ff\u00fe\n\u00fcml v".getBytes(ISO_8859_1))).containsExactly("4|key9:|v9");
        assertThat(warnings).containsExactly("src: logical line must not start with whitespace: \"  lead v\"", "src, line 2: expected format: key whitespace value",
                "src, line 3: unbalanced '\"' in '\"unterminated v8' -- ignoring this line", "src, line 4: record is in \"key: value\" format; is this an alias file?",
                "src, line 5: non-UTF-8 input \"k ??\" -- ignoring this line", "src, line 6: non-UTF-8 input \"?ml v\" -- ignoring this line");
    }

    /** Characters of two and four bytes lie across every boundary of a buffer. */
    @Test
    void long_lines_are_looked_at_to_their_end() {
        for (int blanks = 0; blanks < 5; blanks++) {
            String good = "k" + "x".repeat(blanks) + " " + "\u00fc\ud83d\ude00".repeat(5000);
            assertThat(entries((good + "\n").getBytes(UTF_8))).hasSize(1);
            byte[] cut = java.util.Arrays.copyOf(good.getBytes(UTF_8), good.getBytes(UTF_8).length - 1);
            assertThat(entries(cut)).isEmpty();
        }
    }

    @Test
    void whoever_must_not_leave_a_line_out_learns_of_the_first() {
        TableSource source = TableSource.of("a 1\nb gr\u00fcn\nc \u00fc\nd 2\n".getBytes(ISO_8859_1), "src", warnings::add);
        assertThat(source.nextEntry()).isNotNull();
        assertThat(source.foreign()).isEmpty();
        assertThat(source.nextEntry()).isEqualTo(new TableSource.Entry("d", "2", 4));
        assertThat(source.foreign()).isEqualTo("src, line 2: non-UTF-8 input \"b gr?n\"");
        assertThat(warnings).containsExactly("src, line 2: non-UTF-8 input \"b gr?n\" -- ignoring this line", "src, line 3: non-UTF-8 input \"c ?\" -- ignoring this line");
    }

    /** Half characters, overlong ones and surrogates too; what is text in such a line stays so. */
    @Test
    void bytes_of_a_rule_that_are_no_text_can_be_told_from_text() {
        TableSource source = TableSource.of("/a/ gr\u00fcn\n/\u00c3\u00bc/ ok\n/\u00e2\u0082/\u00c0\u0080\u00ed\u00a0\u0080 \u00f0\u009f\u0098\u0080\u00c3".getBytes(ISO_8859_1), "src", warnings::add);
        assertThat(source.nextAnyRule()).isEqualTo(new TableSource.Rule(1, 1, "/a/ gr\udcfcn"));
        assertThat(source.nextAnyRule()).isEqualTo(new TableSource.Rule(2, 2, "/\u00fc/ ok"));
        assertThat(source.nextAnyRule()).isEqualTo(new TableSource.Rule(3, 3, "/\udce2\udc82/\udcc0\udc80\udced\udca0\udc80 \ud83d\ude00\udcc3"));
        assertThat(source.nextAnyRule()).isNull();
        assertThat(warnings).hasSize(2).first().isEqualTo("src, line 1: non-UTF-8 input \"/a/ gr?n\": such a pattern matches nothing, such a value is unavailable");
        assertThat(TableSource.isForeign("gr\udcfcn")).isTrue();
        assertThat(TableSource.isForeign("\udcc3")).isTrue();
        assertThat(TableSource.isForeign("\ud83d\ude00 gr\u00fcn \ufffd")).isFalse();
    }

    @Test
    void bytes_of_an_entry_that_are_no_text_can_be_told_from_text() {
        TableSource source = TableSource.of("a gr\u00fcn\n\u00fc \u00c3\u00bc\n\"\u00fc x\nb \u00c3\u00bc\n".getBytes(ISO_8859_1), "src", warnings::add);
        assertThat(source.nextAnyEntry()).isEqualTo(new TableSource.Entry("a", "gr\udcfcn", 1));
        assertThat(source.nextAnyEntry()).isEqualTo(new TableSource.Entry("\udcfc", "\u00fc", 2));
        assertThat(source.nextAnyEntry()).isEqualTo(new TableSource.Entry("b", "\u00fc", 4));
        assertThat(source.nextAnyEntry()).isNull();
        assertThat(source.foreign()).isEmpty();
        assertThat(warnings).hasSize(4).contains("src, line 1: non-UTF-8 input \"a gr?n\": such a key is never found, such a value is unavailable", "src, line 3: unbalanced '\"' in '\"? x' -- ignoring this line");
    }

    @Test
    void utf8_is_read_and_only_ascii_white_space_separates() {
        assertThat(entries("\u00fcml\u00a0x v\u00e4\n".getBytes(UTF_8))).containsExactly("1|\u00fcml\u00a0x|v\u00e4");
    }

    /** Comments and continuation lines included, as Postfix makes a small file of them. */
    @Test
    void a_text_in_braces_is_read_as_its_elements_on_lines_of_their_own() throws Exception {
        var spec = new TableSpec("texthash", "{ {a b}, {# c}, {}, {d e f}, {g} }", Settings.parse(""), Path.of("/"), new FakeTables(), warnings::add);
        TableSource source = TableSource.read(spec);
        assertThat(source.nextEntry()).isEqualTo(new TableSource.Entry("a", "b", 1));
        assertThat(source.nextEntry()).isEqualTo(new TableSource.Entry("d", "e f", 4));
        assertThat(source.nextEntry()).isNull();
        assertThat(warnings).containsExactly("{ {a b}, {# c}, {}, {d e f}, {g} }, line 5: expected format: key whitespace value");
    }

    private String alias(String line) {
        TableSource.Entry e = new AliasSource(TableSource.of(line.getBytes(UTF_8), "al", warnings::add)).next();
        return e == null ? warnings.removeLast() : e.key() + "|" + e.value();
    }

    @Test
    void alias_values_are_written_in_the_standard_form() {
        assertThat(alias("a: x . b @ c")).isEqualTo("a|x.b@c");
        assertThat(alias("a: full name<b>")).isEqualTo("a|full name <b>");
        assertThat(alias("a: \"x\"y")).isEqualTo("a|\"x\" y");
        assertThat(alias("a: x(comment)b")).isEqualTo("a|x (comment) b");
        assertThat(alias("a: x;b,c")).isEqualTo("a|x;b, c");
        assertThat(alias("a: u@[1.2.3.4]")).isEqualTo("a|u@[1.2.3.4]");
        assertThat(alias("a: | \"c\"")).isEqualTo("a||\"c\"");
        assertThat(alias("a: \"|cmd a 'b' \\\"c\\\"\"")).isEqualTo("a|\"|cmd a 'b' \\\"c\\\"\"");
        assertThat(alias("a: \\backslash, x\\ b, x\\\\y, \\a\\,c")).isEqualTo("a|backslash, \"x b\", \"x\\\\y\", \"a,c\"");
        assertThat(alias("a: x,,b,")).isEqualTo("a|x, , b, ");
        assertThat(alias("a: :include:/x y")).isEqualTo("a|:include:/x y");
        assertThat(alias("a: \"un")).isEqualTo("a|\"un\"");
        assertThat(alias("a: (un")).isEqualTo("a|(un");
        assertThat(alias("a: [un")).isEqualTo("a|[un]");
        assertThat(alias("a: <b> c")).isEqualTo("a|<b>c");
        assertThat(alias("a: <b><c>")).isEqualTo("a|<b> <c>");
        assertThat(alias("a: g:x, y;")).isEqualTo("a|g:x, y;");
        assertThat(alias("a: x(b\\")).isEqualTo("a|x (b\\");
        assertThat(alias("a: (c ( n ) \\) )")).isEqualTo("a|(c ( n ) \\) )");
        assertThat(alias("a: \"a\\nb\tc\"")).isEqualTo("a|\"anb c\"");
        assertThat(alias("a: ) x")).isEqualTo("a|)x");
    }

    @Test
    void alias_names() {
        assertThat(alias("\"A B\": q")).isEqualTo("\"A B\"|q");
        assertThat(alias("\"a@b\": q")).isEqualTo("\"a@b\"|q");
        assertThat(alias("a\\:b: q")).isEqualTo("\"a:b\"|q");
        assertThat(alias("y (x) z: q")).isEqualTo("y (x) z|q");
        assertThat(alias("k . l: q")).isEqualTo("k.l|q");
        assertThat(alias("<ang>: q")).isEqualTo("<ang>|q");
        assertThat(alias("noaddr:")).isEqualTo("al, line 1: need name:value pair");
        assertThat(alias("bad line")).isEqualTo("al, line 1: need name:value pair");
        assertThat(alias(":: q")).isEqualTo("al, line 1: need name:value pair");
        assertThat(alias("multi, names: q")).isEqualTo("al, line 1: need name:value pair");
        assertThat(alias("a@b.c: d")).isEqualTo("al, line 1: name must be local and have no domain");
        assertThat(alias("Name <addr@ex>: y")).isEqualTo("al, line 1: name must be local and have no domain");
    }
}
