// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code check} says of files and tables in lists of domains and networks. */
class ListCheckTest {

    /** A list that the code opens under the name of a parameter; what is computed is in the set by hand. */
    private static final Pattern OPENED = Pattern.compile("(?:DomainList|NetworkList)\\.(?:of|exact)\\((?:[^;]*, )?\"([a-z_]+)\", ");

    @TempDir
    Path dir;

    static Stream<String> parameters() {
        return ListCheck.LISTS.stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("parameters")
    void a_file_that_is_not_there_is_named(String parameter) throws Exception {
        assertThat(check(parameter + " = 192.0.2.1, !DIR/none\n")).containsExactly("check: warning: " + parameter + ": open file DIR/none: No such file or directory");
    }

    @ParameterizedTest
    @MethodSource("parameters")
    void a_type_that_nobody_has_is_named(String parameter) throws Exception {
        assertThat(check(parameter + " = ![2001:db8::1]/128, proxy:nosuch:/x\n")).singleElement().asString().contains(parameter, "unsupported dictionary type: nosuch");
    }

    @Test
    void files_in_files_are_read_and_tables_there_opened() throws Exception {
        Files.writeString(dir.resolve("outer"), "# a comment: no:table\nexample.org DIR/inner\n  texthash:DIR/gone\n".replace("DIR", dir.toString()));
        Files.writeString(dir.resolve("inner"), "DIR/none, DIR/zeros DIR/outer\n".replace("DIR", dir.toString()));
        Files.writeString(dir.resolve("zeros"), "example.com\0\0");

        assertThat(check("mydestination = DIR/outer\nrelay_domains = $mydestination\n")).containsExactlyInAnyOrder(
                "check: warning: mydestination: open file DIR/none: No such file or directory",
                "check: warning: mydestination: open file DIR/zeros: has zero bytes in it, as a crash leaves them",
                "check: warning: mydestination: files nested too deeply: DIR/outer",
                "check: warning: mydestination: texthash:DIR/gone is unavailable. open database DIR/gone: No such file or directory");
    }

    /** In the words of the server, which cannot read it either. */
    @Test
    void a_file_that_is_no_text_is_called_so() throws Exception {
        Files.write(dir.resolve("latin"), "gr\u00fcn.example\n".getBytes(StandardCharsets.ISO_8859_1));

        assertThat(check("mydestination = DIR/latin\n")).containsExactly("check: warning: mydestination: open file DIR/latin: is not UTF-8");
    }

    @Test
    void the_list_of_a_database_is_read_too() throws Exception {
        Files.writeString(dir.resolve("people.cf"), "hosts = 127.0.0.1\ndbname = x\nquery = SELECT '%s'\ndomain = example.org, DIR/none, texthash:DIR/gone\n".replace("DIR", dir.toString()));

        assertThat(check("virtual_alias_maps = proxy:pgsql:DIR/people.cf\n")).containsExactlyInAnyOrder(
                "check: warning: virtual_alias_maps: pgsql:DIR/people.cf: open file DIR/none: No such file or directory",
                "check: warning: virtual_alias_maps: pgsql:DIR/people.cf: texthash:DIR/gone is unavailable. open database DIR/gone: No such file or directory");
    }

    @Test
    void a_list_in_order_is_not_spoken_of() throws Exception {
        Files.writeString(dir.resolve("good"), "example.org\n!.example.com\n");

        assertThat(check("mydestination = DIR/good, $myhostname\nmynetworks = [::1]/128 127.0.0.0/8 cidr:{{10.0.0.0/8 yes}} \n")).isEmpty();
    }

    @Test
    void every_list_that_code_opens_is_known() throws Exception {
        var opened = new TreeSet<String>();
        try (Stream<Path> files = Files.walk(Path.of(".."))) {
            for (Path file : files.filter(each -> each.toString().contains("/src/main/java/") && each.toString().endsWith(".java")).toList()) {
                for (Matcher list = OPENED.matcher(Files.readString(file)); list.find();) {
                    opened.add(list.group(1));
                }
            }
        }
        assertThat(opened).contains("mydestination", "mynetworks", "relay_domains", "fast_flush_domains");
        assertThat(ListCheck.LISTS).containsAll(opened);
    }

    private List<String> check(String mainCf) throws Exception {
        Files.writeString(dir.resolve("main.cf"), "compatibility_level = 3.9\nmyhostname = mx.example.test\nalias_maps =\nqueue_directory = DIR/spool\n".replace("DIR", dir.toString()) + mainCf.replace("DIR", dir.toString()));
        Files.writeString(dir.resolve("master.cf"), "pickup unix n - n 60 1 pickup\n");
        var err = new ByteArrayOutputStream();
        int status = Main.run(new Terminal("check", new ByteArrayInputStream(new byte[0]), new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8)),
                new ArrayList<>(List.of("-c", dir.toString())));
        assertThat(status).as(err.toString(StandardCharsets.UTF_8)).isZero();
        return err.toString(StandardCharsets.UTF_8).replace(dir.toString(), "DIR").lines().toList();
    }
}
