// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.Templates;
import org.ostler.mail.tck.lookup.Specs;

/** Where a key ends up in a query. The key is {@code o'b"\@x.org} throughout. */
class QueryTemplateTest {

    private static final String KEY = "o'b\"`\\@x.org";

    private static QueryTemplate template(Dialect dialect, String text) throws TableOpenException {
        TableSpec spec = Specs.of(dialect.type, "t", Path.of("/"), warning -> {});
        return QueryTemplate.of(text, dialect, new Templates(spec, ""), spec.name());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', value = {
        "PGSQL | a = '%s' AND b = '%u' | a = ? AND b = ?",
        "PGSQL | a LIKE '%%@%d' | a LIKE ?",
        "PGSQL | a = lower('%s') OR '%u' IN (a, '%d') | a = lower(?) OR ? IN (a, ?)",
        "PGSQL | a = DATE '%s' | a = DATE 'o''b\"`\\@x.org'",
        "PGSQL | a = E'%u' | a = E'o''b\"`\\\\'",
        "PGSQL | \"%u\" = 1 | \"o'b\"\"`\\\" = 1",
        "PGSQL | a = 'x''%d' | a = 'x''x.org'",
        "PGSQL | a = '%d' 'y' | a = 'x.org' 'y'",
        "PGSQL | a ? 'b' AND c = '?' | a ?? 'b' AND c = '?'",
        "PGSQL | a = $$it's$$ AND b = '%d' | a = $$it's$$ AND b = ?",
        "PGSQL | a /* don't /* nest */ */ = '%d' | a /* don't /* nest */ */ = ?",
        "PGSQL | a -- don't | a -- don't",
        "PGSQL | a = '%d' -- '%s' why? 5%% | a = ? -- ' ' why  5%",
        "PGSQL | a /* *%s/ %u */ = '%d' | a /* * /   */ = ?",
        "MYSQL | a = '%d' # '%s' | a = ? # ' '",
        "MYSQL | a = '%d' -- '%s' | a = ? -- ' '",
        "SQLITE | a /* %s */ = '%d' -- '%s' | a /*   */ = ? -- ' '",
        "MYSQL | a = \"%s\" | a = ?",
        "MYSQL | a = 'x\\'%d' | a = 'x\\'x.org'",
        "MYSQL | a = 'x\\'' AND b = '%d' | a = 'x\\'' AND b = ?",
        "MYSQL | a = _utf8'%u' | a = _utf8'o''b\"`\\\\'",
        "MYSQL | `%u` = 1 | `o'b\"``\\` = 1",
        "MYSQL | a = 1 # don't | a = 1 # don't",
        "MYSQL | a--1 = '%d' | a--1 = ?",
        "MYSQL | CALL p('%s', '%d') | CALL p(?, ?)",
        "SQLITE | a = '%s' | a = ?",
        "SQLITE | [it's] = '%d' | [it's] = ?",
    })
    void a_key_goes_where_it_can_do_no_harm(Dialect dialect, String text, String expected) throws Exception {
        QueryTemplate template = template(dialect, text);
        assertThat(template.bind(KEY, new Dialect.Quoting(dialect == Dialect.MYSQL, false), false).sql()).isEqualTo(expected);
    }

    @Test
    void values_are_the_whole_literals() throws Exception {
        assertThat(template(Dialect.PGSQL, "a LIKE '%%@%d' OR b = '<%u>'").bind(KEY, new Dialect.Quoting(false, false), false).values()).containsExactly("%@x.org", "<o'b\"`\\>");
    }

    @Test
    void literals_that_must_stay_literals_are_quoted_by_the_servers_rule() throws Exception {
        QueryTemplate template = template(Dialect.PGSQL, "a = '%u'");
        assertThat(template.bind(KEY, new Dialect.Quoting(false, false), true).sql()).isEqualTo("a = 'o''b\"`\\'");
        assertThat(template.bind(KEY, new Dialect.Quoting(true, false), true).sql()).isEqualTo("a = 'o''b\"`\\\\'");
    }

    @Test
    void double_quotes_are_a_name_where_the_server_says_so() throws Exception {
        assertThat(template(Dialect.MYSQL, "\"%u\" = 1").bind(KEY, new Dialect.Quoting(true, true), false).sql()).isEqualTo("\"o'b\"\"`\\\" = 1");
    }

    @ParameterizedTest
    @CsvSource({"5, true", "a_b, true", "a.b, true", "a b, false", "a-b, false", "a'b, false", "a--b, false", "a/*b, false", "@a, false", "a;b, false", "a(), false", ".., false"})
    void outside_quotes_only_harmless_keys_are_put_in(String key, boolean harmless) throws Exception {
        QueryTemplate template = template(Dialect.MYSQL, "a = %s");
        if (harmless) {
            assertThat(template.bind(key, new Dialect.Quoting(true, false), false).sql()).isEqualTo("a = " + key);
        } else {
            assertThatThrownBy(() -> template.bind(key, new Dialect.Quoting(true, false), false)).isInstanceOf(QueryTemplate.UnsafeKey.class);
        }
    }

    /** MySQL executes what looks like a comment; and two hyphens without a blank behind them are none. */
    @Test
    void what_is_executed_is_no_comment() throws Exception {
        for (String text : List.of("a /*! = %s */", "a /*M!100100 = %s */", "a --%s")) {
            QueryTemplate template = template(Dialect.MYSQL, text);
            assertThatThrownBy(() -> template.bind(KEY, new Dialect.Quoting(true, false), false)).as(text).isInstanceOf(QueryTemplate.UnsafeKey.class);
            assertThat(QueryTemplate.inComments(text, Dialect.MYSQL)).isEmpty();
        }
    }

    @Test
    void a_comment_ends_where_the_server_ends_it() throws Exception {
        assertThat(template(Dialect.PGSQL, "-- '%s'\r a = '%d'").bind(KEY, new Dialect.Quoting(false, false), false).sql()).isEqualTo("-- ' '\r a = ?");
        assertThat(template(Dialect.SQLITE, "a -- '%s'\r = '%d'\n = '%d'").bind(KEY, new Dialect.Quoting(false, false), false).sql()).isEqualTo("a -- ' '\r = ' '\n = ?");
    }

    @Test
    void escapes_in_comments_are_told() {
        assertThat(QueryTemplate.inComments("SELECT '%d' /* %u %% ? */ -- '%s' %u", Dialect.PGSQL)).containsExactly("%u", "%s");
    }

    /** It would be asked, and "not found" for every key, of whatever driver takes nothing for a statement. */
    @Test
    void a_query_without_a_statement_is_refused() {
        for (Dialect dialect : Dialect.values()) {
            for (String text : List.of("", ";", " ; ;", "-- '%s'", "/* SELECT '%s' */ ;")) {
                assertThatThrownBy(() -> template(dialect, text)).as(dialect.type + text).isInstanceOf(TableOpenException.class).hasMessage("t: no statement in a query template: \"" + text + "\"");
            }
        }
    }

    @Test
    void mistakes_are_shown_as_written() {
        assertThatThrownBy(() -> template(Dialect.PGSQL, "a = '%s' AND b = '%x'")).isInstanceOf(TableOpenException.class).hasMessageContaining("a = '%s' AND b = '%x'");
        assertThatThrownBy(() -> template(Dialect.SQLITE, "a = ?")).isInstanceOf(TableOpenException.class).hasMessageStartingWith("t: a question mark");
    }
}
