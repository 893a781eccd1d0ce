// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.ResultValues;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableParameters;
import org.ostler.mail.lookup.spi.Templates;

/** What the recordings of Postfix do not show: secrets, files to watch, mistakes in names and encodings, bounds of results. */
class TableParametersTest {

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();

    private TableParameters of(String text) throws Exception {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    private TableParameters of(byte[] text) throws IOException, TableOpenException {
        Files.write(dir.resolve("t.cf"), text);
        return TableParameters.of(Specs.of("ldap", "./t.cf", dir, warnings::add));
    }

    @Test
    void a_file_is_watched_and_main_cf_is_not() throws Exception {
        assertThat(of("a = b\n").sources()).containsExactly(dir.resolve("./t.cf"));
        TableParameters main = TableParameters.of(Specs.of("ldap", "people", dir, warnings::add, Settings.parse("people_timeout = $t\nt = 7\n")));
        assertThat(main.sources()).isEmpty();
        assertThat(main.integer("timeout", 10)).isEqualTo(7);
        assertThat(main.integer("port", 389, 0, 65535)).isEqualTo(389);
    }

    @Test
    void what_nobody_asks_for_is_warned_of_without_its_secret() throws Exception {
        TableParameters parameters = of("timeout = 5\ntimout = 6\nbind_pww = geheim\nbind_pw = eins\nbind_pw = zwei\n");
        assertThat(parameters.integer("timeout", 10)).isEqualTo(5);
        assertThat(parameters.text("bind_pw", "")).isEqualTo("zwei");
        parameters.warnUnused();
        assertThat(warnings).containsExactly("./t.cf, line 5: overriding earlier entry: bind_pw=...", "./t.cf: unused parameter: timout=6", "./t.cf: unused parameter: bind_pww=...");
    }

    @Test
    void a_line_without_equals_sign_is_not_shown_whole() {
        assertThatThrownBy(() -> of("bind_pw geheim\n")).isInstanceOf(TableOpenException.class).hasMessage("./t.cf, line 1: missing '=' after attribute name: \"bind_pw\"");
        assertThatThrownBy(() -> of("password = x\n").text("password", "", 2)).hasMessage("./t.cf: bad string length 1 < 2: password = ...");
    }

    @Test
    void bytes_that_are_not_utf_8_are_an_error_and_no_line_less() {
        assertThatThrownBy(() -> of("bind_pw = gr\u00fcn\n".getBytes(StandardCharsets.ISO_8859_1))).isInstanceOf(TableOpenException.class).hasMessage("./t.cf: not UTF-8 text");
    }

    @Test
    void booleans_and_bounds() throws Exception {
        TableParameters parameters = of("a = Yes\nb = NO\nc = on\nd = 7\ne =\n");
        assertThat(parameters.yesNo("a", false)).isTrue();
        assertThat(parameters.yesNo("b", true)).isFalse();
        assertThat(parameters.yesNo("x", true)).isTrue();
        assertThat(parameters.isSet("e")).isTrue();
        assertThat(parameters.isSet("x")).isFalse();
        assertThatThrownBy(() -> parameters.yesNo("c", true)).hasMessage("./t.cf: bad boolean configuration: c = on");
        assertThatThrownBy(() -> parameters.integer("d", 0, 8, 9)).hasMessage("./t.cf: invalid d parameter value 7 < 8");
        assertThatThrownBy(() -> parameters.integer("d", 0, 1, 6)).hasMessage("./t.cf: invalid d parameter value 7 > 6");
    }

    @Test
    void a_result_has_a_bound_of_its_own() throws Exception {
        var templates = new Templates(Specs.of("ldap", "./t.cf", dir, warnings::add), "");
        ResultValues values = templates.result("%s", 0).values("k");
        String large = "x".repeat(1 << 20);
        int taken = 0;
        while (taken < 100 && values.add(large)) {
            taken++;
        }
        assertThat(taken).isBetween(10, 20);
        assertThat(values.answer()).isInstanceOf(Answer.Unavailable.class);
    }

    @Test
    void quoting_is_for_parts_of_the_key_only() throws Exception {
        var templates = new Templates(Specs.of("ldap", "./t.cf", dir, warnings::add), "");
        Templates.Query query = templates.query("(%u=%%*)(%d)");
        assertThat(query.isFixed()).isFalse();
        assertThat(templates.query("(a=%%)").isFixed()).isTrue();
        assertThat(query.expand("a*@b", part -> part.replace("*", "\\2A"))).isEqualTo("(a\\2A=%*)(b)");
    }
}
