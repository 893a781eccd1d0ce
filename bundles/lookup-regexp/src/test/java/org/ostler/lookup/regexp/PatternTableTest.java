// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.lookup.Specs;
import org.ostler.mail.tck.lookup.TableContract;

/** What the recordings in the postmap module do not show: the two languages in detail, and patterns that go astray. */
class PatternTableTest {

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();

    private Table table(Dialect dialect, String text) throws Exception {
        Files.writeString(dir.resolve("t"), text);
        return RuleFile.open(Specs.of(dialect.type, "t", dir, warnings::add), dialect);
    }

    private boolean matches(Dialect dialect, String pattern, String key) throws Exception {
        Answer answer = table(dialect, "/" + pattern.replace("/", "\\/") + "/ yes\n").find(key);
        assertThat(warnings).isEmpty();
        return answer.equals(Answer.found("yes"));
    }

    /** Not left out, as in Postfix: another rule, or none, would answer for what it was written for. */
    @Test
    void where_substitution_is_not_allowed_what_needs_it_is_unavailable_and_the_rest_answers() throws Exception {
        Files.writeString(dir.resolve("t"), "/^(.*)@a$/ relay:$1\n/@(b|a)$/ x$$1\n/^c/ ${1}\n");
        for (Dialect dialect : Dialect.values()) {
            for (Protection protection : new Protection[] {Protection.NO_SUBSTITUTION, Protection.SECURITY_SENSITIVE}) {
                warnings.clear();
                Table table = RuleFile.open(Specs.of(dialect.type, "t", dir, warnings::add).with(protection), dialect);
                assertThat(warnings).containsExactly(dialect.type + " map t, line 1: regular expression substitution is not allowed: what matches is unavailable",
                        dialect.type + " map t, line 3: out of range replacement index \"1\": skipping this rule");
                assertThat(table.find("u@a")).isEqualTo(Answer.unavailable("line 1: regular expression substitution is not allowed"));
                assertThat(table.find("u@b")).isEqualTo(Answer.found("x$1"));
                assertThat(table.find("u@d")).isEqualTo(Answer.NOT_FOUND);
            }
            assertThat(RuleFile.open(Specs.of(dialect.type, "t", dir, warnings::add), dialect).find("u@a")).isEqualTo(Answer.found("relay:u"));
        }
    }

    @Nested
    class RegexpKeepsTheContract implements TableContract {
        @Override
        public Table tableWith(Map<String, String> entries) throws Exception {
            return table(Dialect.POSIX, entries.entrySet().stream()
                    .map(e -> "/^(" + org.ostler.mail.lookup.CaseFold.fold(e.getKey()).replace(".", "\\.") + ")$/ " + e.getValue() + "\n").collect(Collectors.joining()));
        }
    }

    @Nested
    class PcreKeepsTheContract implements TableContract {
        @Override
        public Table tableWith(Map<String, String> entries) throws Exception {
            return table(Dialect.PERL, entries.entrySet().stream()
                    .map(e -> "/^\\Q" + org.ostler.mail.lookup.CaseFold.fold(e.getKey()) + "\\E$/E " + e.getValue() + "\n").collect(Collectors.joining()));
        }
    }

    /** As Postfix's postmap answered. */
    @Test
    void the_flag_U_turns_greediness_round() throws Exception {
        Table table = table(Dialect.PERL, "/^(a+)(.*)$/U lazy <$1> <$2>\n/^b(x{1,3}?)(x*)\\)?$/U greedy <$1> <$2>\n/^c([?*+]++)(\\??)(?:d)*$/U kept <$1> <$2>\n/^e(.*?)(.*)$/UU twice <$1> <$2>\n");
        assertThat(table.find("aaab")).isEqualTo(Answer.found("lazy <a> <aab>"));
        assertThat(table.find("bxxxx")).isEqualTo(Answer.found("greedy <xxx> <x>"));
        assertThat(table.find("c?*+?dd")).isEqualTo(Answer.found("kept <?*+?> <>"));
        assertThat(table.find("efg")).isEqualTo(Answer.found("twice <> <fg>"));
        assertThat(warnings).isEmpty();
    }

    @Test
    void posix_expressions() throws Exception {
        assertThat(matches(Dialect.POSIX, "^a.b$", "a\nb")).isTrue();
        assertThat(matches(Dialect.POSIX, "a$", "a\n")).isFalse();
        assertThat(matches(Dialect.POSIX, "^[[:alpha:]_]+$", "Ab_c")).isTrue();
        assertThat(matches(Dialect.POSIX, "^[^]a]+$", "bcd")).isTrue();
        assertThat(matches(Dialect.POSIX, "^[^]a]+$", "b]d")).isFalse();
        assertThat(matches(Dialect.POSIX, "^[\\d]+$", "\\d")).isTrue();
        assertThat(matches(Dialect.POSIX, "^\\d$", "d")).isTrue();
        assertThat(matches(Dialect.POSIX, "^a{2,3}$", "aaa")).isTrue();
        assertThat(matches(Dialect.POSIX, "^a{,2}$", "aaa")).isFalse();
        assertThat(matches(Dialect.POSIX, "^a+?$", "")).isTrue();
        assertThat(matches(Dialect.POSIX, "^(ab)*+$", "abab")).isTrue();
        assertThat(matches(Dialect.POSIX, "\\<foo\\>", "a foo b")).isTrue();
        assertThat(matches(Dialect.POSIX, "\\<foo\\>", "a food")).isFalse();
        assertThat(matches(Dialect.POSIX, "^(.)\\1$", "xx")).isTrue();
        assertThat(matches(Dialect.POSIX, "^[a&&b]$", "&")).isTrue();
        assertThat(matches(Dialect.POSIX, "^[a[b]$", "[")).isTrue();
        assertThat(matches(Dialect.POSIX, "^a/b$", "a/b")).isTrue();
    }

    @Test
    void flags_toggle_what_is_usual() throws Exception {
        Table posix = table(Dialect.POSIX, "/^b$/m lines\n/^C$/i case\n/^a\\(x\\)$/x basic $1\n");
        assertThat(posix.find("a\nb")).isEqualTo(Answer.found("lines"));
        assertThat(posix.find("c")).isEqualTo(Answer.NOT_FOUND);
        assertThat(posix.find("C")).isEqualTo(Answer.found("case"));
        assertThat(posix.find("aX")).isEqualTo(Answer.found("basic X"));
        Table perl = table(Dialect.PERL, "/a.b/s dot\n/^ x  y # comment/x ext\n/q/A anchored\n/e$/E end\n/f$/ loose\n");
        assertThat(perl.find("a\nb")).isEqualTo(Answer.NOT_FOUND);
        assertThat(perl.find("xy")).isEqualTo(Answer.found("ext"));
        assertThat(perl.find("aq")).isEqualTo(Answer.NOT_FOUND);
        assertThat(perl.find("qa")).isEqualTo(Answer.found("anchored"));
        assertThat(perl.find("e\n")).isEqualTo(Answer.NOT_FOUND);
        assertThat(perl.find("f\n")).isEqualTo(Answer.found("loose"));
        assertThat(warnings).isEmpty();
    }

    /** Postfix's words, recorded from 3.7.11. */
    @Test
    void a_flag_that_means_nothing_any_more_is_named() throws Exception {
        assertThat(table(Dialect.PERL, "/a/X b\n").find("a")).isEqualTo(Answer.found("b"));
        assertThat(warnings).containsExactly("pcre map t, line 1: ignoring obsolete regexp option \"X\"");
    }

    @Test
    void perl_expressions() throws Exception {
        assertThat(matches(Dialect.PERL, "^\\d+[[:upper:]\\-]$", "12x")).isTrue();
        assertThat(matches(Dialect.PERL, "^[^[:space:]]+?@(?i:x)(?=y)y$", "a@Xy")).isTrue();
        assertThat(matches(Dialect.PERL, "^(?P<n>.)(?P=n)$", "zz")).isTrue();
        assertThat(matches(Dialect.PERL, "^a{b$", "a{b")).isTrue();
        assertThat(matches(Dialect.PERL, "^\\Qa.b(\\E(?#comment)c$", "a.b(c")).isTrue();
        assertThat(matches(Dialect.PERL, "^\\x{41}$", "A")).isTrue();
        assertThat(matches(Dialect.PERL, "^[&&[]$", "[")).isTrue();
    }

    /** Each match that is made anew costs 250 bytes, and all threads a stop for each hundred megabytes. */
    @Test
    void a_lookup_through_a_thousand_rules_leaves_little_behind() throws Exception {
        for (Dialect dialect : Dialect.values()) {
            Table table = table(dialect, IntStream.range(0, 1000).mapToObj(i -> "/^user" + i + "-(.*)@example\\.org$/ box" + i + "-$1\n").collect(Collectors.joining()));
            assertThat(table.find("user999-x@example.org")).isEqualTo(Answer.found("box999-x"));
            var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1000; i++) {
                assertThat(table.find("user" + i + "-x@example.org")).isEqualTo(Answer.found("box" + i + "-x"));
            }
            assertThat((threads.getCurrentThreadAllocatedBytes() - before) / 1000).as("bytes for a lookup").isLessThan(20_000);
        }
    }

    /** On many processors a large table would keep gigabytes. */
    @Test
    void a_large_table_keeps_fewer_sets_of_matchers_than_there_are_processors() {
        assertThat(PatternTable.desks(0, 64)).isEqualTo(64);
        assertThat(PatternTable.desks(1000, 64)).isEqualTo(64);
        assertThat(PatternTable.desks(50_000, 64)).isEqualTo(4);
        assertThat(PatternTable.desks(50_000, 2)).isEqualTo(2);
        assertThat(PatternTable.desks(1_000_000, 64)).isEqualTo(1);
    }

    /** A rule is passed over only for keys that it does not match. */
    @Test
    void what_a_key_must_begin_with_is_true_of_every_key_that_matches() {
        String[] expressions = {"^ab", "^ab*c", "^ab?", "^ab{0,2}", "^ab+", "^a|b", "^(a|b)c", "^a(b|c)", "^a\\.b", "^a\\.?b", "^a\\db", "^a\\x41", "^a[bc]", "^a.b", "^a$", "^a\\z", "^", "^$", "^(?i)ab", "^ab(?-i)C", "^(?m)ab", "^a(?x) b c",
            "^\\Qa.b\\E", "^sk", "^ki", "^a-b@", "^a\\-b", "^<a>", "^a#b", "^a&b", "^a b", "(?m)^a", "\\G(?:ab)", "ab", "^^ab", "^*ab", "^a\\{b", "^\u00fcb", "^a\u00fc", "^a(?=b)b", "^ab(?!c)", "^a\\b", "^a/b:c"};
        String[] keys = {"ab", "AB", "abc", "aBC", "ac", "acb", "a", "b", "bc", "a.b", "aXb", "a1b", "aA", "a.", "a\n", "", "\nab", "x\nab", "\u017fk", "s\u212a", "SK", "\u212ai", "k\u0131", "k\u0130", "a-b@x", "<A>", "a#b", "a&b", "a b", "a  b c",
            "a{b", "\u00dcB", "\u00fcb", "a\u00dc", "*ab", "a/b:c", "abb", "abbb", "xab", "a b c"};
        int known = 0;
        for (String expression : expressions) {
            for (int flags : new int[] {Pattern.UNIX_LINES | Pattern.DOTALL, Pattern.UNIX_LINES | Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE, Pattern.MULTILINE, Pattern.COMMENTS, Pattern.CASE_INSENSITIVE}) {
                Pattern pattern;
                try {
                    pattern = Pattern.compile(expression, flags);
                } catch (PatternSyntaxException e) {
                    continue;
                }
                String prefix = Prefix.of(pattern);
                known += prefix.isEmpty() ? 0 : 1;
                for (String key : keys) {
                    if (pattern.matcher(key).find()) {
                        assertThat(key.regionMatches(true, 0, prefix, 0, prefix.length())).as("%s with %d begins with <%s>: %s", expression, flags, prefix, key).isTrue();
                    }
                }
            }
        }
        assertThat(known).isGreaterThan(50);
        assertThat(Prefix.of(Pattern.compile("^User1\\.x-(.*)@"))).isEqualTo("User1.x-");
        assertThat(Prefix.of(Pattern.compile("^Subject: ab?"))).isEqualTo("Subject: a");
    }

    /** What one key has left in a matcher must not be found for the next. */
    @Test
    void a_lookup_knows_nothing_of_the_one_before() throws Exception {
        for (Dialect dialect : Dialect.values()) {
            Table table = table(dialect, "/^(a+)?(b*)(c|d)$/ <$1> <$2> <$3>\n/^(.)(.)\\2$/ twice $2\n");
            for (int i = 0; i < 3; i++) {
                assertThat(table.find("aabbc")).isEqualTo(Answer.found("<aa> <bb> <c>"));
                assertThat(table.find("d")).isEqualTo(Answer.found("<> <> <d>"));
                assertThat(table.find("x")).isEqualTo(Answer.NOT_FOUND);
                assertThat(table.find("xyy")).isEqualTo(Answer.found("twice y"));
                assertThat(table.find("aabb")).isEqualTo(Answer.NOT_FOUND);
            }
        }
    }

    /** Left out, the rule would say "not found" of an address, or let another one answer. */
    @Test
    void a_value_that_is_not_UTF_8_is_unavailable_and_hides_no_other_rule() throws Exception {
        for (Dialect dialect : Dialect.values()) {
            Files.write(dir.resolve("t"), "/^k(.)/ gr\u00fcn $1\n/\u00fc/ mad\n!/[^\u00fc]/ strange\n/^(k|o)/ ok\n".getBytes(StandardCharsets.ISO_8859_1));
            Table table = RuleFile.open(Specs.of(dialect.type, "t", dir, warnings::add), dialect);
            assertThat(table.find("k1")).as(dialect.type).isEqualTo(Answer.unavailable("line 1: value is not UTF-8"));
            assertThat(table.find("o\u00fc")).as(dialect.type).isEqualTo(Answer.found("ok"));
            assertThat(table.find("x")).as(dialect.type).isEqualTo(Answer.NOT_FOUND);
        }
        assertThat(warnings).hasSize(8).endsWith("pcre:t: key \"k1\": non-UTF-8 value \"gr?n 1\": malformed UTF-8 or invalid codepoint").first().isEqualTo("t, line 1: non-UTF-8 input \"/^k(.)/ gr?n $1\": such a pattern matches nothing, such a value is unavailable");
    }

    /** Not the pattern's fault, and the log does not say so. */
    @Test
    void a_deep_match_without_room_says_why() throws Exception {
        Table table = table(Dialect.PERL, "/^(x|y)*$/ deep\n");
        Thread.currentThread().interrupt();
        try {
            assertThat(table.find("x".repeat(90_000))).isEqualTo(Answer.unavailable("line 1: interrupted in a wait for room for a deep match"));
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(warnings).containsExactly("pcre map t, line 1: interrupted in a wait for room for a deep match");
        assertThat(table.find("x".repeat(90_000))).isEqualTo(Answer.found("deep"));
    }

    @Test
    @Timeout(60)
    void a_pattern_that_goes_astray_is_unavailable_and_named() throws Exception {
        Table table = table(Dialect.PERL, "/^ok$/ fine\n/^(a|aa)+(\\1|c)d$/ evil\n/^(x|y)*$/ deep\n");
        assertThat(table.find("a".repeat(40) + "b")).isInstanceOf(Answer.Unavailable.class);
        assertThat(warnings).containsExactly("pcre map t, line 2: backtracking limit exceeded");
        assertThat(table.find("ok")).isEqualTo(Answer.found("fine"));
        assertThat(table.find("aacd")).isEqualTo(Answer.found("evil"));
        assertThat(table.find("x".repeat(1_000_000))).isNotEqualTo(Answer.NOT_FOUND);
    }
}
