// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ostler.mail.access.AccessSession;
import org.ostler.mail.access.ClientInfo;
import org.ostler.mail.access.Verdict;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.model.Address;
import org.ostler.mail.tck.LinePattern;
import org.ostler.mail.tck.Script;
import org.ostler.mail.tck.ScriptFile;
import org.ostler.mail.tck.Step;
import org.ostler.trivial.rewrite.TrivialRewrite;

/**
 * Conversations recorded from Postfix, put to the access session alone: for each command that asks it, a refusal must be Postfix's reply, and where Postfix accepted
 * there must be no refusal. Replies that come from elsewhere in the server (sequence, syntax, limits) are passed over.
 */
class RecordedConversationsTest {

    private static final List<String> FAMILIES = List.of("access-", "relay-", "recipients-", "etrn", "vrfy");
    /** Where the answer depends on what this test does not play: counters of the server, aliases in cleanup, footers, an improper pipelining client. */
    private static final List<String> ELSEWHERE = List.of("recipients-limit", "recipients-overshoot-errors", "access-filter-footer", "access-footer-lines", "recipients-alias-trouble");

    @TempDir
    private Path dir;

    static Stream<String> names() {
        return ScriptFile.names().stream().filter(name -> FAMILIES.stream().anyMatch(name::startsWith)).filter(name -> !ELSEWHERE.contains(name));
    }

    @ParameterizedTest
    @MethodSource("names")
    void the_lists_answer_as_Postfix_did(String name) throws Exception {
        ScriptFile file = ScriptFile.load(name);
        Settings settings = Settings.of(file.settings(dir)).with(java.util.Map.of("inet_interfaces", "127.0.0.1"));
        var tables = new TextTables();
        var access = new AccessControl(tables, new TrivialRewrite(tables));
        int asked = 0;
        for (Script script : file.scripts()) {
            asked += play(script, access.open(client("localhost", "127.0.0.1"), settings), settings);
        }
        assertThat(asked).as("commands compared").isPositive();
    }

    private static ClientInfo client(String name, String address) {
        var local = AddressText.parse("127.0.0.1").orElseThrow();
        return new ClientInfo(AddressText.parse(address).orElseThrow(), 4711, name, name, 2, 2, local, 25);
    }

    private static int play(Script script, AccessSession session, Settings settings) {
        var sends = new ArrayDeque<String>();
        int asked = 0;
        Verdict connected = session.connect();
        boolean greeted = false;
        Iterator<Step> steps = script.steps().iterator();
        var reply = new ArrayList<LinePattern>();
        while (steps.hasNext()) {
            Step step = steps.next();
            if (step instanceof Step.Send send) {
                sends.add(new String(send.bytes(), StandardCharsets.ISO_8859_1).stripTrailing());
            } else if (step instanceof Step.Expect expect) {
                if (!greeted) {
                    greeted = true;
                    if (connected instanceof Verdict.Refuse(var said, var log, var gone)) {
                        assertThat(expect.pattern().matches(said.toString())).as("%s: greeting %s", script, said).isTrue();
                        return 1;
                    }
                    continue;
                }
                reply.clear();
                reply.add(expect.pattern());
                String command = sends.isEmpty() ? "" : sends.poll();
                asked += compare(script, step.line(), command, session, expect.pattern());
            }
        }
        return asked;
    }

    private static int compare(Script script, int line, String command, AccessSession session, LinePattern expected) {
        String verb = command.split("[ :]", 2)[0].toUpperCase(java.util.Locale.ROOT);
        String argument = command.indexOf(' ') < 0 ? "" : command.substring(command.indexOf(' ') + 1);
        if (isFromElsewhere(expected)) {
            return 0;
        }
        Verdict verdict = switch (verb) {
            case "EHLO", "HELO" -> session.helo(argument);
            case "MAIL" -> session.mail(path(argument), 0);
            case "RCPT" -> session.rcpt(path(argument));
            case "VRFY" -> session.vrfy(Address.of(argument.replace("<", "").replace(">", "")));
            case "ETRN" -> session.etrn(argument);
            case "DATA" -> session.data();
            case "RSET" -> {
                session.reset();
                yield null;
            }
            case "XCLIENT" -> {
                session.client(client(value(argument, "NAME", "localhost"), value(argument, "ADDR", "127.0.0.1")));
                yield session.connect();
            }
            default -> null;
        };
        if (verdict == null) {
            return 0;
        }
        if (verdict instanceof Verdict.Refuse(var reply, var log, var gone)) {
            assertThat(expected.matches(reply.toString())).as("%s, line %d: %s -> %s, Postfix: %s", script, line, command, reply, expected).isTrue();
        } else {
            String text = expected.toString();
            assertThat(text.charAt(0)).as("%s, line %d: %s accepted, Postfix: %s", script, line, command, text).isIn('2', '3');
        }
        return 1;
    }

    private static boolean isFromElsewhere(LinePattern expected) {
        String text = expected.toString();
        return text.contains("Error:") || text.contains("Syntax") || text.contains("disabled") || text.startsWith("458") || text.startsWith("459") || text.startsWith("501 5.1") || text.startsWith("501 5.5.4");
    }

    private static Address path(String argument) {
        String path = argument.substring(argument.indexOf('<') + 1, argument.indexOf('>'));
        String mailbox = path.startsWith("@") ? path.substring(path.indexOf(':') + 1) : path;
        int quoted = mailbox.startsWith("\"") ? mailbox.lastIndexOf('"') : 0;
        if (quoted > 0) {
            return new Address(mailbox.substring(1, quoted), mailbox.substring(Math.min(mailbox.length(), quoted + 2)));
        }
        return Address.of(mailbox);
    }

    private static String value(String text, String name, String otherwise) {
        for (String word : text.split(" ")) {
            if (word.startsWith(name + "=")) {
                return word.substring(name.length() + 1).replace("[UNAVAILABLE]", "unknown").replaceFirst("(?i)^IPV6:", "");
            }
        }
        return otherwise;
    }
}
