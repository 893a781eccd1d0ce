// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.lookup.Specs;

/** Expressions as PCRE and the C library read them, each asked of Postfix's postmap (3.7.11 and 3.12); and ordinary patterns on long keys. */
class ExpressionsTest {

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();

    private Table table(Dialect dialect, String text) throws Exception {
        Files.writeString(dir.resolve("t"), text);
        return RuleFile.open(Specs.of(dialect.type, "t", dir, warnings::add), dialect);
    }

    private Answer asked(Dialect dialect, String pattern, String result, String key) throws Exception {
        return table(dialect, "/" + pattern + "/ " + result + "\n").find(key);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            (?<user_part>.+)@x(?'n'y)   | $1-$2   | bob@xy | bob-y
            (?P<n>a)(?P=n)\\k<n>\\k'n'\\k{n} | $1 | aaaaa | a
            (a)(b)\\g2\\g{1}\\g{-1}     | $1$2    | abbab  | ab
            a\\Kb                       | yes     | ab     | yes
            ^\\N+$                      | yes     | xyz    | yes
            ^\\p{Latin}+$               | yes     | abc    | yes
            ^\\p{^Lu}\\P{Lu}\\p{L&}$    | yes     | 1.x    | yes
            ^\\0141$                  | yes     | a      |
            ^\\141\\o{101}\\x62$        | yes     | aAb    | yes
            (?^:ABC)                    | yes     | abc    |
            (?^i:ABC)                   | yes     | abc    | yes
            (*UTF8)(*UCP)^\\w$          | yes     | ä      | yes
            a\\Eb                       | yes     | ab     | yes
            (?J)^(?<n>a)?(?<n>b)        | <$2>    | b      | <b>
            (?U)^(a+)                   | <$1>    | aaa    | <a>
            [[:<:]]foo[[:>:]]           | yes     | a foo b | yes
            [[:<:]]foo[[:>:]]           | yes     | food   |
            ^[\\x61\\142\\Q]-\\E]+$     | yes     | ab]-   | yes
            ^((a*.)){2}+$               | yes     | aa     | yes
            \\b*x                        | yes     | x      | yes
            \\B+x                        | yes     | ax     | yes
            \\G*x                        | yes     | ax     | yes
            ^[\\Q😀\\E]$             | yes     | 😀      | yes
            """)
    void perl_is_read_as_PCRE_reads_it(String pattern, String result, String key, String expected) throws Exception {
        assertThat(asked(Dialect.PERL, pattern, result, key)).isEqualTo(expected == null ? Answer.NOT_FOUND : Answer.found(expected));
        assertThat(warnings).isEmpty();
    }

    /** Case is ignored, but for properties. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ^\\p{Lu}$                     | A1é | A
            ^\\p{Ll}$                     | aA1 | a
            ^\\p{lu}$                     | Aa  | A
            ^\\P{Lu}$                     | a1A | a1
            ^(?i)\\p{Lu}$                 | Aa  | A
            ^(?i:\\p{^Lu})$               | Aa1 | a1
            ^[\\p{Lu}]$                   | Aa1 | A
            ^[^\\p{Lu}]$                  | Aa1 | a1
            ^[\\p{Lu}x]$                  | AaxX1 | AxX
            ^[^\\p{Lu}x]$                 | AaxX1 | a1
            ^[\\P{Lu}A]$                  | AaxX1 | Aax1
            ^[-\\p{Lu}]$                  | Aa-  | A-
            ^[[:upper:]]$                 | Aa1  | Aa
            ^[[:^upper:]]$                | Aa1  | 1
            (*UTF)^\\p{Lu}$               | AaÉé | AÉ
            (*UTF)(*UCP)^[[:upper:]]$     | AaÉé | AÉ
            (*UTF)(*UCP)^[[:lower:]1]$    | AaÉé1 | aé1
            (*UTF)(*UCP)^[[:^lower:]]$    | AaÉé1 | AÉ1
            """)
    void a_property_of_one_case_stays_so(String pattern, String keys, String found) throws Exception {
        var matched = new StringBuilder();
        for (String key : keys.split("")) {
            matched.append(asked(Dialect.PERL, pattern, "yes", key).equals(Answer.found("yes")) ? key : "");
        }
        assertThat(matched.toString()).isEqualTo(found);
        assertThat(warnings).isEmpty();
        assertThat(asked(Dialect.PERL, "[\\p{Lu}x]+@(.)", "$1", "aXYx@b")).isEqualTo(Answer.found("b"));
        assertThat(asked(Dialect.PERL, "^\\p{Lu}{2}\\p{Ll}*+$", "yes", "ABc")).isEqualTo(Answer.found("yes"));
        assertThat(asked(Dialect.PERL, "^\\p{Lu}{2}\\p{Ll}*+$", "yes", "Abc")).isEqualTo(Answer.NOT_FOUND);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {2}      | error in regex at offset 2: quantifier does not follow a repeatable item
            ^*a      | error in regex at offset 1: quantifier does not follow a repeatable item
            (a)\\2   | error in regex at offset 4: reference to non-existent subpattern
            \\y      | error in regex at offset 1: unrecognized character follows \\
            [[.a.]]  | error in regex at offset 1: POSIX collating elements are not supported
            a)       | error in regex at offset 1: unmatched closing parenthesis
            (a)(?1)  | error in regex at offset 3: "(?1" is not known here
            (?(?=a)b)| error in regex at offset 0: "(?(" is not known here
            """)
    void perl_that_is_wrong_or_not_known_is_left_out(String pattern, String why) throws Exception {
        assertThat(asked(Dialect.PERL, pattern, "yes", "{2}aab")).isEqualTo(Answer.NOT_FOUND);
        assertThat(warnings).containsExactly("pcre map t, line 1: " + why);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            (?i)a      | Invalid preceding regular expression
            (?:a)      | Invalid preceding regular expression
            (?=a)a     | Invalid preceding regular expression
            *a         | Invalid preceding regular expression
            ^*a        | Invalid preceding regular expression
            a(*b)      | Invalid preceding regular expression
            {2}        | Invalid preceding regular expression
            a{         | Unmatched \\{
            a{x}       | Invalid content of \\{\\}
            a{3,2}     | Invalid content of \\{\\}
            (a)\\2     | Invalid back reference
            [[:word:]] | Invalid character class name
            [z-a]      | Invalid range end
            [a\\-z]    | Invalid range end
            [          | Invalid regular expression
            [a         | Unmatched [, [^, [:, [., or [=
            """)
    void posix_refuses_what_the_C_library_refuses(String pattern, String why) throws Exception {
        assertThat(asked(Dialect.POSIX, pattern, "yes", "aa{2}")).isEqualTo(Answer.NOT_FOUND);
        assertThat(warnings).containsExactly("regexp map t, line 1: " + why);
    }

    /** With case ignored the ends of a range are capital letters: W to backslash. */
    @ParameterizedTest
    @CsvSource({"[\\w-\\.]+@, x@y, yes", "[\\w-\\.]+@, user@x,", "a), a), yes", "^a{}b?$, a,", "^[a-z]+$, AbZ, yes", "^a{;2}$, aaa,", "a++{2}b, aab, yes", "a+*+{2}, aab, yes", "a+{2}b, aab, yes", "^[[.😀.]]$, 😀, yes"})
    void posix_is_read_as_the_C_library_reads_it(String pattern, String key, String expected) throws Exception {
        assertThat(asked(Dialect.POSIX, pattern.replace(';', ','), "yes", key)).isEqualTo(expected == null ? Answer.NOT_FOUND : Answer.found(expected));
    }

    @Test
    void basic_expressions_know_a_star_and_anchors_that_are_themselves() throws Exception {
        Table table = table(Dialect.POSIX, "/^*a$/x star\n/\\(*b\\)/x group\n/c^d$e/x anchors\n");
        assertThat(table.find("*a")).isEqualTo(Answer.found("star"));
        assertThat(table.find("x*b")).isEqualTo(Answer.found("group"));
        assertThat(table.find("c^d$e")).isEqualTo(Answer.found("anchors"));
        assertThat(warnings).isEmpty();
    }

    /** A header may have 100,000 characters and a table hundreds of patterns: each looks at all of them. */
    @ParameterizedTest
    @CsvSource({"POSIX", "PERL"})
    @Timeout(120)
    void ordinary_patterns_answer_for_long_keys(Dialect dialect) throws Exception {
        var rules = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            rules.append("/word").append(i).append("x/ no\n");
        }
        Table many = table(dialect, rules + "/zzz$/ last\n");
        assertThat(many.find("a".repeat(90_000) + "zzz")).isEqualTo(Answer.found("last"));
        Table runs = table(dialect, "/.*viagra.*/ no\n/[a-z0-9._-]+@spam/ no\n/(x*)y/ <$1>\n/^(a|b)*$/ deep\n");
        assertThat(runs.find("x".repeat(90_000))).isEqualTo(Answer.NOT_FOUND);
        assertThat(runs.find("x".repeat(90_000) + "y")).isEqualTo(Answer.found("<" + "x".repeat(90_000) + ">"));
        assertThat(runs.find("ab".repeat(10_000))).isEqualTo(Answer.found("deep"));
        assertThat(warnings).isEmpty();
    }

    /** What keeps a run from being tried from its middle must not change what is found. */
    @ParameterizedTest
    @CsvSource({"(a+){2}b, aab, <a>", "(a+|b)+c, abaac, <aa>", "(.*)x\\1$, axbxb, <b>", "a*|b, b, yes", "(a+)b|(c), aac, yes", "(?:a+)b, xaab, yes", "a+b, baab, yes"})
    void a_run_at_the_start_is_found_where_it_was(String pattern, String key, String expected) throws Exception {
        boolean group = expected.startsWith("<");
        assertThat(asked(Dialect.PERL, pattern, group ? "<$1>" : "yes", key)).isEqualTo(Answer.found(expected));
        assertThat(warnings).isEmpty();
    }

    /** A quantifier behind the run's, and parentheses in classes and quotations, which end no group: the second turn begins in the middle of a run. */
    @ParameterizedTest
    @CsvSource({"POSIX, a+{2}b, aab", "POSIX, [a-z]+{2}$, aaa", "POSIX, ([[:alpha:])]*b){2}, abab", "POSIX, ([\\)]*b){2}$, )b)b", "PERL, ([\\])a-z]+b){2}, abab", "PERL, ([^x]+\\Q)\\E){2}, a)b)"})
    void a_run_that_comes_twice_is_found(Dialect dialect, String pattern, String key) throws Exception {
        assertThat(asked(dialect, pattern, "yes", key)).isEqualTo(Answer.found("yes"));
        assertThat(warnings).isEmpty();
    }
}
