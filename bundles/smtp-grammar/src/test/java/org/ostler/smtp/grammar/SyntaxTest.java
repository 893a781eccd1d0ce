// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.Ret;

class SyntaxTest {

    private static Command parse(String line, CommandParser.Options options) {
        CommandLine words = CommandLine.of(line);
        return new CommandParser(options).parse(Verb.of(words.word()).orElseThrow(), words);
    }

    private static Command parse(String line) {
        return parse(line, CommandParser.Options.DEFAULT);
    }

    private static String refusal(String line) {
        return parse(line) instanceof Command.Malformed bad ? bad.reply().toString() : "accepted";
    }

    /** Recorded from Postfix 3.12. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', value = {
        "<sender@example.org>|sender@example.org", "sender@example.org|sender@example.org", "<sender>|sender", "<>|", "sender@example.org>|sender@example.org",
        "<sender@[192.0.2.1]>|sender@[192.0.2.1]", "<sender@[IPv6:2001:db8::1]>|sender@[IPv6:2001:db8::1]",
        "<@a.example,@b.example:sender@example.org>|sender@example.org", "<\"john doe\"@example.org>|john doe@example.org",
        "<\"john@doe\"@example.org>|john@doe@example.org", "<\"a\\\"b\"@example.org>|a\"b@example.org", "<john\\@doe@example.org>|john@doe@example.org",
        "<sender@example.org.>|sender@example.org", "<sender@sub_domain.example.org>|sender@sub_domain.example.org", "<<sender@example.org>>|sender@example.org",
        "<@example.org>|@example.org", "<sender@@example.org>|sender@@example.org", "<.sender@example.org>|.sender@example.org",
        "<sender @example.org>|sender@example.org", "<sender@example.org >|sender@example.org", "< sender@example.org>|sender@example.org",
        "<sender (comment)@example.org>|sender@example.org", "<a:b@example.org>|a:b@example.org", "<bob@example.org,>|bob@example.org",
        "<bob@example.org, ,>|bob@example.org", "bob@example.org,|bob@example.org", "<,bob@example.org>|bob@example.org", "<bob@example.org>,|bob@example.org", "<J\u00fcrgen@ex\u00e4mple.org>|J\u00fcrgen@ex\u00e4mple.org"})
    void addresses_are_read_as_Postfix_reads_them(String path, String expected) {
        assertThat(parse("MAIL FROM:" + path)).isEqualTo(new Command.Mail(Address.of(expected == null ? "" : expected), Command.MailOptions.NONE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"<sender@example.org", "<sender@>", "<sender@example..org>", "<\"unclosed@example.org>", "<sender@-example.org>", "<sender@[192.0.2.300]>",
            "<sender@[not-an-address]>", "<sender@192.0.2.1>", "<a,b@example.org>", "<,>", "<a@b.c,d@e.f>", "<a;b@example.org>", "<sender@example.org>SIZE=10", "<a\rb@example.org>",
            "<-bob@example.org>", "<a@b\u0001.org>"})
    void broken_addresses_are_refused(String path) {
        assertThat(refusal("MAIL FROM:" + path)).isEqualTo("501 5.1.7 Bad sender address syntax");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sender@example.org", "<<sender@example.org>>", "< sender@example.org>", "<sender @example.org>", "<sender (c)@example.org>"})
    void strict_envelopes_want_the_brackets_and_nothing_else(String path) {
        assertThat(parse("MAIL FROM:" + path, new CommandParser.Options(true, false, true, true))).isInstanceOf(Command.Malformed.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<>", "< >", "<\"\">", "<bob@@example.test>", "<bob@example.test>NOTIFY=NEVER"})
    void some_senders_are_no_recipients(String path) {
        assertThat(refusal("RCPT TO:" + path)).isEqualTo("501 5.1.3 Bad recipient address syntax");
    }

    @Test
    void a_quoted_empty_local_part_is_one() {
        assertThat(parse("RCPT TO:<\"\"@example.test>")).isEqualTo(new Command.Rcpt(new Address("", "example.test"), Notify.DEFAULT, ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"MAIL", "MAIL FROM", "MAIL FROM:", "MAIL <a@b>", "MAIL TO:<a@b>", "MAIL FROM<a@b>", "MAIL FROM :<a@b>"})
    void MAIL_without_its_parts_is_a_syntax_error(String line) {
        assertThat(refusal(line)).isEqualTo("501 5.5.4 Syntax: MAIL FROM:<address>");
    }

    @Test
    void options_of_MAIL() {
        assertThat(parse("mail from: <a@b.c> size=500 BODY=8BITMIME RET=HDRS ENVID=a+2Bb SMTPUTF8")).isEqualTo(
                new Command.Mail(Address.of("a@b.c"), new Command.MailOptions(500, Body.EIGHT_BIT_MIME, true, Ret.HDRS, "a+b")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "SIZE=|501 5.5.4 Bad message size syntax", "SIZE=-1|501 5.5.4 Bad message size syntax", "SIZE=12x|501 5.5.4 Bad message size syntax",
        "SIZE=99999999999999999999|552 5.3.4 Message size exceeds file system imposed limit", "SIZE|555 5.5.4 Unsupported option: SIZE",
        "BODY=BINARYMIME|555 5.5.4 Unsupported option: BODY=BINARYMIME", "RET=SOME|501 5.5.4 Bad RET parameter syntax",
        "RET=FULL RET=HDRS|501 5.5.4 Bad RET parameter syntax", "ENVID=|501 5.5.4 Bad ENVID parameter syntax", "ENVID=a+2|501 5.5.4 Bad ENVID parameter syntax",
        "ENVID=a+ZZ|501 5.5.4 Bad ENVID parameter syntax", "ENVID=a+00b|501 5.5.4 Bad ENVID parameter syntax", "ENVID=a ENVID=b|501 5.5.4 Bad ENVID parameter syntax",
        "ENVID=a=b|accepted", "SIZE=1 SIZE=2|accepted", "AUTH=<>|accepted", "AUTH=|accepted", "AUTH=+zz|accepted", "AUTH=<> AUTH=b|accepted",
        "AUTH=a AUTH=b|503 5.5.4 Error: multiple AUTH= options", "AUTH=a AUTH=<>|503 5.5.4 Error: multiple AUTH= options", "nonsense|555 5.5.4 Unsupported option: nonsense"})
    void bad_options_of_MAIL(String option, String reply) {
        assertThat(refusal("MAIL FROM:<a@b.c> " + option)).isEqualTo(reply);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "NOTIFY=NEVER|accepted", "NOTIFY=SUCCESS,|accepted", "NOTIFY=SUCCESS,SUCCESS|accepted", "NOTIFY=NEVER,SUCCESS|501 5.5.4 Error: Bad NOTIFY parameter syntax",
        "NOTIFY=|501 5.5.4 Error: Bad NOTIFY parameter syntax", "NOTIFY|555 5.5.4 Unsupported option: NOTIFY",
        "NOTIFY=NEVER NOTIFY=DELAY|501 5.5.4 Error: Bad NOTIFY parameter syntax", "ORCPT=rfc822;bob+2Btag@x|accepted", "ORCPT=rfc822;|accepted",
        "ORCPT=utf-8;j\\x{FC}rgen@x|accepted", "ORCPT=|501 5.5.4 Error: Bad ORCPT parameter syntax", "ORCPT=bob@x|501 5.5.4 Error: Bad ORCPT parameter syntax",
        "ORCPT=;bob@x|501 5.5.4 Error: Bad ORCPT parameter syntax", "ORCPT=rfc822;bob+2@x|501 5.5.4 Error: Bad ORCPT parameter syntax",
        "ORCPT=a.b[c];x|accepted", "ORCPT=<(x);a|accepted", "ORCPT=x;a+0Db|accepted", "ORCPT=x;a+00b|501 5.5.4 Error: Bad ORCPT parameter syntax",
        "ORCPT=rfc822;a ORCPT=rfc822;b|501 5.5.4 Error: Bad ORCPT parameter syntax", "SIZE=10|555 5.5.4 Unsupported option: SIZE=10"})
    void options_of_RCPT(String option, String reply) {
        assertThat(refusal("RCPT TO:<a@b.c> " + option)).isEqualTo(reply);
    }

    @Test
    void delivery_status_options_can_be_off() {
        var secret = new CommandParser.Options(false, false, true, true, true);
        assertThat(parse("MAIL FROM:<a@b.c> requiretls SIZE=5", secret)).isEqualTo(
                new Command.Mail(Address.of("a@b.c"), new Command.MailOptions(5, Body.UNSPECIFIED, false, Ret.UNSPECIFIED, "", true)));
        assertThat(parse("MAIL FROM:<a@b.c> REQUIRETLS=yes", secret)).as("it has no value").isInstanceOf(Command.Malformed.class);
        assertThat(parse("MAIL FROM:<a@b.c> REQUIRETLS", CommandParser.Options.DEFAULT)).as("in the clear").isInstanceOf(Command.Malformed.class);
        var off = new CommandParser.Options(false, false, false, false);
        for (String line : List.of("MAIL FROM:<a@b.c> RET=HDRS", "MAIL FROM:<a@b.c> ENVID=x", "RCPT TO:<a@b.c> NOTIFY=NEVER", "RCPT TO:<a@b.c> ORCPT=rfc822;x")) {
            assertThat(parse(line, off)).as(line).isInstanceOfSatisfying(Command.Malformed.class,
                    bad -> assertThat(bad.reply().toString()).isEqualTo("501 5.7.1 DSN support is disabled"));
        }
    }

    @Test
    void the_original_recipient_is_decoded() {
        assertThat(parse("RCPT TO:<a@b.c> ORCPT=utf-8;j\\x{FC}rgen@x"))
                .isEqualTo(new Command.Rcpt(Address.of("a@b.c"), Notify.DEFAULT, "utf-8;j\u00fcrgen@x"));
    }

    @Test
    void chunks() {
        assertThat(parse("bdat 9 last")).isEqualTo(new Command.Bdat(9, true));
        for (String line : List.of("BDAT", "BDAT abc", "BDAT -1", "BDAT 4 FIRST", "BDAT 4 LAST NOW", "BDAT 99999999999999999999 LAST")) {
            assertThat(refusal(line)).as(line).isEqualTo("521 5.5.4 Syntax: BDAT count [LAST]");
        }
    }

    @Test
    void other_commands() {
        assertThat(parse("  ehlo\tclient example  ")).isEqualTo(new Command.Hello(Verb.EHLO, "client example"));
        assertThat(parse("EHLO cli\0ent")).isEqualTo(new Command.Hello(Verb.EHLO, "cli"));
        assertThat(refusal("RSET now")).isEqualTo("501 5.5.4 Syntax: RSET");
        assertThat(refusal("ETRN bad..name")).isEqualTo("501 Error: invalid parameter syntax");
        assertThat(parse("ETRN @example.test")).isEqualTo(new Command.Etrn("example.test"));
        assertThat(parse("XCLIENT ADDR=IPV6:2001:db8::1 NAME=x")).isEqualTo(new Command.Attributes(Verb.XCLIENT, List.of("ADDR=IPV6:2001:db8::1", "NAME=x")));
        assertThat(CommandLine.of("Subject: hello").isHeader()).isTrue();
        assertThat(CommandLine.of("MAILFROM:<a@b>").isHeader()).isTrue();
        assertThat(CommandLine.of("   ").word()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', value = {"john doe@example.org|\"john doe\"@example.org", "a\"b@c|\"a\\\"b\"@c", "joe@example.org|joe@example.org",
        ".a@c|\".a\"@c", "a..b@c|\"a..b\"@c", "@c|\"\"@c", "joe|joe", "j\u00fcrgen@c|j\u00fcrgen@c", "a@b@c|\"a@b\"@c"})
    void local_parts_are_quoted_where_they_must_be(String internal, String wire) {
        assertThat(AddressSyntax.quote(Address.of(internal))).isEqualTo(wire);
        assertThat(AddressSyntax.read('<' + wire + '>', true).orElseThrow().address()).isEqualTo(Address.of(internal));
    }

    @Test
    void the_null_path() {
        assertThat(AddressSyntax.path(Address.NULL)).isEqualTo("<>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"::", "::1", "2001:db8::1", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1", "1:2:3:4:5:6:192.0.2.1", "1::", "fe80::1:2"})
    void IPv6(String text) {
        assertThat(DomainSyntax.isIpv6(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "1:2:3:4:5:6:7:8::", "g::", "1:", "::1.2.3", "192.0.2.1"})
    void not_IPv6(String text) {
        assertThat(DomainSyntax.isIpv6(text)).isFalse();
    }

    @Test
    void host_names() {
        for (String good : List.of("a", "example.org", "sub_domain.example", "1.example", "xn--bcher-kva.example", "b\u00fccher.example", "a".repeat(63) + ".x")) {
            assertThat(DomainSyntax.isHostname(good)).as(good).isTrue();
        }
        for (String bad : List.of("", ".", "a.", ".a", "a..b", "-a.b", "a-.b", "a.b-", "192.0.2.1", "123", "a b", "a@b", "a".repeat(64), "a.".repeat(128) + "a")) {
            assertThat(DomainSyntax.isHostname(bad)).as(bad).isFalse();
        }
    }

    @Test
    void xtext_goes_and_comes() {
        for (String text : List.of("plain", "a+b=c d", "\u00fc\u20ac\r\n", "")) {
            assertThat(Xtext.decode(Xtext.encode(text))).contains(text);
            assertThat(Xtext.decodeUnicode(Xtext.encodeUnicode(text, true))).contains(text);
            assertThat(Xtext.decodeUnicode(Xtext.encodeUnicode(text, false))).contains(text);
        }
        assertThat(Xtext.encode("a+b=c d")).isEqualTo("a+2Bb+3Dc+20d");
        assertThat(Xtext.decode("+FF")).isEmpty();
    }
}
