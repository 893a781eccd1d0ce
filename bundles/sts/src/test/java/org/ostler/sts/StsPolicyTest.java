// SPDX-License-Identifier: Apache-2.0
package org.ostler.sts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 8461 section 3.2. */
class StsPolicyTest {

    private static StsPolicy parse(String text) throws Exception {
        return StsPolicy.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void thePolicyOfTheStandardIsRead() throws Exception {
        StsPolicy policy = parse("version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.example.net\nmx: backupmx.example.com\nmax_age: 604800\n");
        assertThat(policy.mode()).isEqualTo(StsPolicy.Mode.ENFORCE);
        assertThat(policy.maxAge()).isEqualTo(Duration.ofDays(7));
        assertThat(policy.mx()).containsExactly("mail.example.com", "*.example.net", "backupmx.example.com");
        assertThat(policy.lines()).containsExactly("version: STSv1", "mode: enforce", "mx: mail.example.com", "mx: *.example.net", "mx: backupmx.example.com", "max_age: 604800");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "version:STSv1\r\nmode:enforce\r\nmx:A.example\r\nmax_age:1",
        "version: STSv1 \t\nmode: \t enforce\nmx: a.example  \nmax_age: 1\n",
        "mode: enforce\nmax_age: 1\nmx: a.example\nversion: STSv1\n",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\nmax_age: 2\nmode: none\nversion: other\n",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\nx-new_field.1: any text, \u00e9ven this: or that\n",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\n\n\r\n"})
    void lineEndsBlanksOrderDoublesAndUnknownFieldsDoNotMatter(String text) throws Exception {
        StsPolicy policy = parse(text);
        assertThat(policy.mode()).isEqualTo(StsPolicy.Mode.ENFORCE);
        assertThat(policy.maxAge()).isEqualTo(Duration.ofSeconds(1));
        assertThat(policy.mx()).containsExactly("a.example");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "",
        "<html>Not found</html>",
        "mode: enforce\nmx: a.example\nmax_age: 1\n",
        "version: STSv2\nmode: enforce\nmx: a.example\nmax_age: 1\n",
        "version: STSv1\nmx: a.example\nmax_age: 1\n",
        "version: STSv1\nmode: Enforce\nmx: a.example\nmax_age: 1\n",
        "version: STSv1\nmode: report\nmx: a.example\nmax_age: 1\n",
        "version: STSv1\nmode: enforce\nmx: a.example\n",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: -1\n",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1d\n",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 99999999999\n",
        "version: STSv1\nmode: enforce\nmax_age: 1\n",
        "version: STSv1\nmode: testing\nmax_age: 1\n",
        "version: STSv1\nmode: enforce\nmx: .example.com\nmax_age: 1\n",
        "version: STSv1\nmode: enforce\nmx: *\nmax_age: 1\n",
        "version: STSv1\nmode: enforce\nmx: a*.example.com\nmax_age: 1\n",
        "version: STSv1\nmode: enforce\nmx: *.*.example.com\nmax_age: 1\n",
        "version: STSv1\nmode: enforce\nmx: a.example, b.example\nmax_age: 1\n",
        "version: STSv1\nmode: enforce\nmx: m\u00fcnchen.example\nmax_age: 1\n",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\nno colon here\n",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\nempty:\n",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\nx: a\u0000b\n",
        "version: STSv1\rmode: enforce\rmx: a.example\rmax_age: 1\r"})
    void whatBreaksTheGrammarIsNoPolicy(String text) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(StsPolicy.InvalidException.class);
    }

    @Test
    void textThatIsNotUtf8IsNoPolicy() {
        assertThatThrownBy(() -> StsPolicy.parse(new byte[] {'v', (byte) 0xff, ':'})).isInstanceOf(StsPolicy.InvalidException.class);
    }

    @Test
    void noneNeedsNoServers() throws Exception {
        assertThat(parse("version: STSv1\nmode: none\nmax_age: 86400\n").mode()).isEqualTo(StsPolicy.Mode.NONE);
    }

    @Test
    void nobodyBindsUsForMoreThanAYear() throws Exception {
        assertThat(parse("version: STSv1\nmode: none\nmax_age: 9999999999\n").maxAge()).isEqualTo(Duration.ofSeconds(31_557_600));
        assertThat(parse("version: STSv1\nmode: none\nmax_age: 0\n").maxAge()).isEqualTo(Duration.ZERO);
    }

    @Test
    void aBodyOfNothingButBlanksOrLinesEndsSoon() {
        for (String piece : List.of(" ", "\n", "\r", "a:", "mx: a.example\n")) {
            assertThatThrownBy(() -> parse(piece.repeat(PolicyFetch.MOST_BYTES / piece.length()))).isInstanceOf(StsPolicy.InvalidException.class);
        }
    }
}
