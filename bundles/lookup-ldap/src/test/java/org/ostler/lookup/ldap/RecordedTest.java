// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.tck.GoldenFile;
import org.ostler.mail.tck.lookup.Specs;

/** Every table that was recorded from Postfix, asked here for the same keys, in front of the same slapd with the same data. Left out by name where Debian's slapd is not installed. */
@EnabledIf(value = "slapdIsHere", disabledReason = "slapd is not installed")
class RecordedTest {

    @TempDir
    Path dir;
    private final List<String> said = new ArrayList<>();

    static boolean slapdIsHere() {
        return Slapd.isHere();
    }

    @Test
    @Timeout(180)
    void says_what_postfix_says() throws Exception {
        GoldenFile golden = GoldenFile.load("ldap/slapd");
        List<GoldenFile.Section> sections = golden.sections();
        int tables = 0;
        try (var slapd = new Slapd(dir, golden.text("slapd.conf"), golden.text("data.ldif"), "")) {
            int closed;
            try (var unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                closed = unused.getLocalPort();
            }
            for (int i = 0; i < sections.size(); i++) {
                if (sections.get(i).title().startsWith("file ")) {
                    int end = i + 1;
                    while (end < sections.size() && !sections.get(end).title().startsWith("file ")) {
                        end++;
                    }
                    check(sections.subList(i, end), slapd.port, closed);
                    tables++;
                }
            }
        }
        assertThat(tables).isGreaterThan(50);
    }

    private void check(List<GoldenFile.Section> sections, int port, int closed) throws Exception {
        String file = sections.getFirst().title().substring(5);
        Files.writeString(dir.resolve(file), sections.getFirst().text().replace("SLAPD_PORT", Integer.toString(port)).replace("CLOSED_PORT", Integer.toString(closed)));
        said.clear();
        var out = new StringBuilder();
        boolean broken = false;
        try (Table table = new LdapFactory().open(Specs.of("ldap", "./" + file, dir, said::add))) {
            for (String key : text(sections, "stdin").lines().toList()) {
                Answer answer = table.find(CaseFold.fold(key));
                if (answer instanceof Answer.Unavailable(String why)) {
                    said.add(why);
                    broken = true;
                    break;
                }
                out.append(answer instanceof Answer.Found(String value) ? key + "\t" + value + "\n" : "");
            }
        } catch (TableOpenException e) {
            said.add(e.getMessage());
            broken = true;
        }
        List<String> ours = said.stream().map(line -> tidy(line).replace(":" + port, ":SLAPD_PORT").replace(":" + closed, ":CLOSED_PORT")).toList();
        List<String> theirs = text(sections, "stderr").lines().filter(line -> !line.contains("query error") && !line.contains("Had some trouble"))
                .map(line -> tidy(line.replaceFirst("^postmap: (warning|error|fatal): ", ""))).toList();
        assertThat(ours).as(file).isEqualTo(theirs);
        assertThat(broken).as(file).isEqualTo(text(sections, "stderr").contains("fatal"));
        if (!broken) {
            // What postmap had printed before a fatal error is lost in its buffer.
            assertThat(out.toString()).as(file).isEqualTo(text(sections, "stdout"));
        }
    }

    /** Behind the dashes stands what OpenLDAP keeps to itself; what is wrong with a URL it does not know how to say. */
    private static String tidy(String line) {
        return line.replaceFirst(" -- .*", "").replaceFirst("(malformed URL \\S+): .*", "$1").strip();
    }

    private static String text(List<GoldenFile.Section> sections, String title) {
        return sections.stream().filter(section -> section.title().equals(title)).findFirst().map(GoldenFile.Section::text).orElse("");
    }
}
