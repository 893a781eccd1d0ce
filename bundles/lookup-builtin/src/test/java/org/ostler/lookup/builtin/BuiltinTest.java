// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.tck.lookup.Specs;
import org.ostler.mail.tck.lookup.TableContract;

/** Each type by itself. What they have in common with Postfix's is held against recordings in the postmap module. */
class BuiltinTest {

    /** Of {@code getpwnam_r} and {@code getgrnam_r}. */
    private static final Class<?>[] ARGUMENTS = {MemorySegment.class, MemorySegment.class, MemorySegment.class, long.class, MemorySegment.class};

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();
    private final AtomicLong now = new AtomicLong();

    private Table open(TableFactory factory, String type, String name) throws TableOpenException {
        return factory.open(Specs.of(type, name, dir, warnings::add));
    }

    private UnixTable unix(Supplier<Optional<NameService>> names) {
        return new UnixTable(dir, new SystemdUsers(dir, now::get)::any, names);
    }

    private static NameService failing() {
        var fails = MethodHandles.dropArguments(MethodHandles.constant(int.class, 5), 0, ARGUMENTS);
        return new NameService(fails, fails);
    }

    @Nested
    class TextHashKeepsTheContract implements TableContract {
        @Override
        public Table tableWith(Map<String, String> entries) throws Exception {
            Files.writeString(dir.resolve("t"), entries.entrySet().stream().map(e -> e.getKey() + "\t" + e.getValue() + "\n").collect(Collectors.joining()));
            return open(new TextHash(), "texthash", "t");
        }
    }

    @Nested
    class InlineKeepsTheContract implements TableContract {
        @Override
        public Table tableWith(Map<String, String> entries) throws Exception {
            // An inline table cannot be empty.
            String text = entries.entrySet().stream().map(e -> "{" + e.getKey() + " = " + e.getValue() + "}").collect(Collectors.joining(" "));
            return open(new InlineTable(), "inline", "{" + (text.isEmpty() ? "other=x" : text) + "}");
        }
    }

    /** The file here knows nobody of this machine: what is found then comes from the C library. */
    @Test
    void unix_asks_the_name_service_where_the_system_has_one() throws Exception {
        Files.writeString(dir.resolve("passwd"), "joe:x:1000:1000:Joe:/home/joe:/bin/sh\n");
        Files.writeString(dir.resolve("group"), "staff:x:50:joe\n");
        Files.writeString(dir.resolve("nsswitch.conf"), "passwd: files [NOTFOUND=continue] mymachines # sss\ngroup: files\n");
        var unix = unix(NameService::ofThisMachine);
        assertThat(open(unix, "unix", "passwd.byname").find("root")).isEqualTo(Answer.NOT_FOUND);

        Files.writeString(dir.resolve("nsswitch.conf"), "passwd: files sss\ngroup: files ldap\n");
        assumeThat(NameService.ofThisMachine()).as("a C library of Linux").isPresent();
        Table users = open(unix, "unix", "passwd.byname");
        assertThat(users.find("root")).isInstanceOfSatisfying(Answer.Found.class, found -> assertThat(found.value()).matches("root:x:0:0:[^:]*:/[^:]*:/[^:]*"));
        assertThat(users.find("joe")).isEqualTo(Answer.found("joe:x:1000:1000:Joe:/home/joe:/bin/sh"));
        assertThat(users.find("no-such-user-here")).isEqualTo(Answer.NOT_FOUND);
        assertThat(users.find("root\0x")).isEqualTo(Answer.NOT_FOUND);
        assertThat(open(unix, "unix", "group.byname").find("root")).isInstanceOfSatisfying(Answer.Found.class, found -> assertThat(found.value()).matches("root:x:0:.*"));
    }

    /** Who is in one of them and not asked for is refused as unknown, and his mail goes back. */
    @ParameterizedTest
    @ValueSource(strings = {"compat", "files systemd sss", "files nis", "files altfiles", "files db", "files [SUCCESS=merge]winbind"})
    void unix_asks_every_other_source_of_users(String sources) throws Exception {
        Files.writeString(dir.resolve("passwd"), "joe:x:1000:1000:Joe:/home/joe:/bin/sh\n");
        Files.writeString(dir.resolve("nsswitch.conf"), "group: files\npasswd :\t" + sources + "\n");
        assumeThat(NameService.ofThisMachine()).as("a C library of Linux").isPresent();
        assertThat(open(unix(NameService::ofThisMachine), "unix", "passwd.byname").find("root")).isInstanceOf(Answer.Found.class);
    }

    /** Debian's setting on every machine. What is asked here answers with an error, so that one sees whether it was asked. */
    @ParameterizedTest
    @ValueSource(strings = {"run/systemd/userdb/io.systemd.Home", "run/systemd/userdb/org.example.Users", "etc/userdb/ann.user", "run/userdb/ann.user", "run/host/userdb/ann.user", "usr/lib/userdb/ann.user"})
    void unix_asks_systemd_as_soon_as_it_may_know_users(String sign) throws Exception {
        Files.writeString(dir.resolve("passwd"), "joe:x:1000:1000:Joe:/home/joe:/bin/sh\n");
        Files.writeString(dir.resolve("nsswitch.conf"), "passwd: files systemd\n");
        for (String none : List.of("run/systemd/userdb/io.systemd.DynamicUser", "run/systemd/userdb/io.systemd.Multiplexer")) {
            Files.createDirectories(dir.resolve(none).getParent());
            Files.createFile(dir.resolve(none));
        }
        Table users = open(unix(() -> Optional.of(failing())), "unix", "passwd.byname");
        assertThat(users.find("ann")).isEqualTo(Answer.NOT_FOUND);
        Files.createDirectories(dir.resolve(sign).getParent());
        Files.createFile(dir.resolve(sign));
        // A flood of unknown names looks at the directories once a second.
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(999));
        assertThat(users.find("ann")).isEqualTo(Answer.NOT_FOUND);
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
        assertThat(users.find("ann")).isEqualTo(Answer.unavailable("name service: error 5"));
        assertThat(users.find("joe")).isInstanceOf(Answer.Found.class);
        Files.delete(dir.resolve(sign));
        now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(users.find("ann")).isEqualTo(Answer.NOT_FOUND);
    }

    /** A hundred sessions that ask for unknown users at once are none too many, and a directory server that hangs holds up nobody whom the file knows. */
    @Test
    void unix_waits_for_the_name_service_within_the_deadline() throws Exception {
        Files.writeString(dir.resolve("passwd"), "joe:x:1000:1000:Joe:/home/joe:/bin/sh\n");
        Files.writeString(dir.resolve("nsswitch.conf"), "passwd: files sss\n");
        var hanging = new CountDownLatch(1);
        MethodHandle waits = MethodHandles.insertArguments(MethodHandles.lookup().findStatic(BuiltinTest.class, "await",
                MethodType.methodType(int.class, CountDownLatch.class)), 0, hanging);
        var service = new NameService(MethodHandles.dropArguments(waits, 0, ARGUMENTS), MethodHandles.dropArguments(waits, 0, ARGUMENTS));
        var unix = unix(() -> Optional.of(service));
        Table users = unix.open(Specs.of("unix", "passwd.byname", dir, warnings::add, Settings.parse("table_lookup_timeout = 1s")));
        var answers = new ConcurrentLinkedQueue<Answer>();
        var asking = new ArrayList<Thread>();
        for (int i = 0; i < 3 * Questions.THREADS; i++) {
            asking.add(Thread.ofVirtual().start(() -> answers.add(users.find("ann"))));
        }
        assertThat(users.find("joe")).isInstanceOf(Answer.Found.class);
        for (Thread thread : asking) {
            assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
        }
        assertThat(answers).hasSize(3 * Questions.THREADS).containsOnly(Answer.unavailable("no answer in 1 s"));
        hanging.countDown();
        Table patient = unix.open(Specs.of("unix", "passwd.byname", dir, warnings::add));
        assertThat(patient.find("ann")).as("afterwards").isEqualTo(Answer.NOT_FOUND);
    }

    private static int await(CountDownLatch latch) throws InterruptedException {
        latch.await();
        return 0;
    }

    @Test
    void unix_reads_users_and_groups_and_nothing_else() throws Exception {
        Files.writeString(dir.resolve("passwd"), "root:*:0:0:root:/root:/bin/sh\nJoe:x:5:6:Joe J\u00fc:/home/joe:/bin/sh\n+nis\nbad:line\n");
        Files.writeString(dir.resolve("group"), "adm:x:4:joe\n");
        var unix = unix(NameService::ofThisMachine);
        Table users = open(unix, "unix", "passwd.byname");
        assertThat(users.find("joe")).isEqualTo(Answer.found("Joe:x:5:6:Joe J\u00fc:/home/joe:/bin/sh"));
        assertThat(users.find("root")).isEqualTo(Answer.found("root:x:0:0:root:/root:/bin/sh"));
        assertThat(users.find("bad")).isEqualTo(Answer.NOT_FOUND);
        assertThat(users.sources()).containsExactly(dir.resolve("passwd"));
        assertThat(open(unix, "unix", "group.byname").find("adm")).isEqualTo(Answer.found("adm:x:4:joe"));
        assertThatThrownBy(() -> open(unix, "unix", "foo")).hasMessage("unknown table: unix:foo");
        Files.writeString(dir.resolve("passwd"), "");
        assertThatThrownBy(() -> open(unix, "unix", "passwd.byname")).as("a file that is just being written makes nobody unknown").hasMessageContaining("no entries");
        assertThat(open(new UnixTable(), "unix", "passwd.byname").find("root")).isInstanceOf(Answer.Found.class);
    }

    /** Whatever a stranger puts into an address, of any length, is "not found" in tables that cannot be filled from a map; the contract has the rest. */
    @Test
    void hostile_keys_find_nothing_and_do_no_harm() throws Exception {
        Files.writeString(dir.resolve("passwd"), "joe:x:1000:1000:Joe:/home/joe:/bin/sh\n");
        Files.writeString(dir.resolve("group"), "staff:x:50:joe\n");
        Files.writeString(dir.resolve("nsswitch.conf"), "passwd: files\ngroup: files\n");
        Files.writeString(dir.resolve("c"), "192.0.2.0/24 net\n!192.0.2.1 other\n2001:db8::/32 six\n");
        var unix = unix(NameService::ofThisMachine);
        var tables = List.of(open(unix, "unix", "passwd.byname"), open(unix, "unix", "group.byname"), open(new EnvironTable(), "environ", "x"), open(new CidrTable(), "cidr", "c"));
        var keys = new ArrayList<>(List.of("'", "\"", "\\", "*", "?", "%s", "(k)", "\0", "joe\0", "\0joe", "joe:x", "joe\n", "joe\nroot", " joe", "joe ", "+joe", "-joe", "+", "-", "@", "\ud800", "k\udfff",
                "../../etc/passwd", "/", ":", "::::", "1.2.3", "1.2.3.4.5", "192.0.2.300", "192.0.2.1/24", "192.0.2.-1", "192.0.2.0x1", "[192.0.2.1", "192.0.2.1]", "2001:db8:::1", "2001:db8::g",
                "1:2:3:4:5:6:7:8:9", "fe80::1%eth0", "=", "PATH=", "PATH\0", "\u0661.\u0662.\u0663.\u0664"));
        for (int length : new int[] {255, 256, 1024, 65_536, 100_001}) {
            keys.addAll(List.of("k".repeat(length), "1.".repeat(length), "1:".repeat(length), "\u00fc".repeat(length)));
        }
        for (Table table : tables) {
            for (String key : keys) {
                assertThat(table.find(key)).as("%s: <%s>", table, key.length() > 40 ? key.substring(0, 40) : key).isEqualTo(Answer.NOT_FOUND);
            }
        }
        assertThat(tables.getFirst().find("joe")).isInstanceOf(Answer.Found.class);
        assertThat(tables.get(3).find("192.0.2.9")).isEqualTo(Answer.found("net"));
        assertThat(open(new StaticTable(), "static", "v").find("\0")).isEqualTo(Answer.found("v"));
    }

    /** In this test there are no other tables, so each part is unavailable. */
    @Test
    void a_part_that_cannot_answer_makes_the_whole_unavailable() throws Exception {
        assertThat(open(new UnionMap(), "unionmap", "{static:a, static:b}").find("x")).isInstanceOf(Answer.Unavailable.class);
        assertThat(open(new PipeMap(), "pipemap", "{static:a, static:b}").find("x")).isInstanceOf(Answer.Unavailable.class);
        assertThat(open(new DebugTable(), "debug", "static:a").find("x")).isInstanceOf(Answer.Unavailable.class);
    }

    /** EIO, say: the directory server does not answer, and that makes no user unknown. */
    @Test
    void an_error_of_the_name_service_is_not_the_absence_of_a_user() {
        NameService service = failing();
        assertThat(service.user("joe")).isEqualTo(Answer.unavailable("name service: error 5"));
        assertThat(service.group("staff")).isInstanceOf(Answer.Unavailable.class);
    }

    /** It would say "not found" of everybody. */
    @Test
    void a_table_that_is_made_of_nothing_does_not_open() {
        for (String nothing : List.of("{}", "{ , }")) {
            assertThatThrownBy(() -> open(new InlineTable(), "inline", nothing)).isInstanceOf(TableOpenException.class);
        }
        for (String nothing : List.of("{}", "{ }", "{ , }")) {
            assertThatThrownBy(() -> open(new UnionMap(), "unionmap", nothing)).isInstanceOf(TableOpenException.class);
            assertThatThrownBy(() -> open(new PipeMap(), "pipemap", nothing)).isInstanceOf(TableOpenException.class);
            assertThatThrownBy(() -> open(new RandMap(), "randmap", nothing)).isInstanceOf(TableOpenException.class);
        }
    }

    /** The second would be "not found": a TLS policy that is lost by a typing error is a downgrade. */
    @Test
    void entries_without_a_blank_between_them_are_a_mistake_as_in_Postfix() {
        assertThatThrownBy(() -> open(new InlineTable(), "inline", "{{a=encrypt}{b=encrypt}}")).isInstanceOf(TableOpenException.class)
                .hasMessageContaining("syntax error after '}' in \"{a=encrypt}{b=encrypt}\"");
        assertThatThrownBy(() -> open(new InlineTable(), "inline", "{{a=b}c}")).isInstanceOf(TableOpenException.class);
        for (TableFactory made : List.of(new UnionMap(), new PipeMap())) {
            assertThatThrownBy(() -> open(made, "unionmap", "{{static:a}{static:b}}")).isInstanceOf(TableOpenException.class).hasMessageContaining("syntax error after '}' in \"{static:a}{static:b}\"");
        }
        assertThatThrownBy(() -> open(new CidrTable(), "cidr", "{{10.0.0.0/8 a}{192.0.2.0/24 b}}")).isInstanceOf(TableOpenException.class)
                .hasMessageContaining("cidr map: syntax error after '}' in \"{10.0.0.0/8 a}{192.0.2.0/24 b}\"");
    }

    /** useradd, and at once the mail that welcomes the new user: he must not be unknown until the table is opened anew. */
    @Test
    void a_user_is_known_as_soon_as_he_is_in_the_file_and_nobody_is_unknown_while_it_is_written() throws Exception {
        Path passwd = Files.writeString(dir.resolve("passwd"), "joe:x:5:6:Joe:/home/joe:/bin/sh\n");
        Table users = open(unix(Optional::empty), "unix", "passwd.byname");
        assertThat(users.find("ann")).isEqualTo(Answer.NOT_FOUND);
        Path next = Files.writeString(dir.resolve("passwd+"), "joe:x:5:6:Joe:/home/joe:/bin/sh\nann:x:7:8:Ann:/home/ann:/bin/sh\n");
        Files.move(next, passwd, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        assertThat(users.find("ann")).isEqualTo(Answer.found("ann:x:7:8:Ann:/home/ann:/bin/sh"));
        assertThat(users.find("bob")).isEqualTo(Answer.NOT_FOUND);
        Files.writeString(passwd, "ann:x:7:8:Ann:/home/ann:/bin/sh\nb");
        assertThat(users.find("joe")).as("not written yet").isInstanceOf(Answer.Found.class);
        Files.writeString(passwd, "");
        assertThat(users.find("bob")).isInstanceOf(Answer.Unavailable.class);
        assertThat(users.find("joe")).isInstanceOf(Answer.Found.class);
        Files.delete(passwd);
        assertThat(users.find("bob")).isEqualTo(Answer.unavailable("open " + passwd + ": No such file or directory"));
    }

    /** As two of a list the second would be asked only where the first has nothing, and what it is would never be said. */
    @Test
    void braces_hold_one_table_and_rules_have_braces_of_their_own() {
        assertThatThrownBy(() -> open(new UnionMap(), "unionmap", "{{static:a b} static:c}")).isInstanceOf(TableOpenException.class).hasMessageContaining("need \"unionmap:{type:name...}\"");
        assertThatThrownBy(() -> open(new CidrTable(), "cidr", "{10.0.0.0/8 v}")).isInstanceOf(TableOpenException.class).hasMessageContaining("cidr map: no '{' at start of text in \"10.0.0.0/8\"");
    }

    @Test
    void a_double_entry_is_named_as_it_stands_in_the_file() throws Exception {
        Files.writeString(dir.resolve("t"), "bob a\nBob b\n");
        assertThat(open(new TextHash(), "texthash", "t").find("bob")).isEqualTo(Answer.found("a"));
        assertThat(warnings).containsExactly("t, line 2: duplicate entry: \"Bob\"");
    }

    @Test
    void random_values_come_from_the_list() throws Exception {
        Table table = open(new RandMap(), "randmap", "{a, {b c}}");
        for (int i = 0; i < 100; i++) {
            assertThat(table.find("any")).isIn(Answer.found("a"), Answer.found("{b c}"));
        }
    }

    /** Left out, the rule would let another one answer, or none. */
    @Test
    void a_value_in_cidr_that_is_not_UTF_8_is_unavailable() throws Exception {
        Files.write(dir.resolve("c"), "192.0.2.7 gr\u00fcn\n\u00fc x\n192.0.2.0/24 ok\n".getBytes(StandardCharsets.ISO_8859_1));
        Table table = open(new CidrTable(), "cidr", "c");
        assertThat(table.find("192.0.2.7")).isEqualTo(Answer.unavailable("line 1: value is not UTF-8"));
        assertThat(table.find("192.0.2.8")).isEqualTo(Answer.found("ok"));
        assertThat(warnings).hasSize(4).endsWith("cidr:c: key \"192.0.2.7\": non-UTF-8 value \"gr?n\": malformed UTF-8 or invalid codepoint").first().isEqualTo("c, line 1: non-UTF-8 input \"192.0.2.7 gr?n\": such a pattern matches nothing, such a value is unavailable");
    }

    /** Left out, as Postfix 3.7 does it, the line would make "not found" of an address that is there. */
    @Test
    void a_value_in_texthash_that_is_not_UTF_8_is_unavailable() throws Exception {
        Files.write(dir.resolve("t"), "Bob gr\u00fcn\n\u00fc x\nbob later\neve ok\n".getBytes(StandardCharsets.ISO_8859_1));
        Table table = open(new TextHash(), "texthash", "t");
        assertThat(warnings).containsExactly("t, line 1: non-UTF-8 input \"Bob gr?n\": such a key is never found, such a value is unavailable",
                "t, line 2: non-UTF-8 input \"? x\": such a key is never found, such a value is unavailable", "t, line 3: duplicate entry: \"bob\"");
        assertThat(table.find("bob")).isEqualTo(Answer.unavailable("line 1: value is not UTF-8"));
        assertThat(warnings).last().isEqualTo("texthash:t: key \"bob\": non-UTF-8 value \"gr?n\": malformed UTF-8 or invalid codepoint");
        assertThat(table.find("eve")).isEqualTo(Answer.found("ok"));
        assertThat(table.find("\u00fc")).isEqualTo(Answer.NOT_FOUND);
        assertThat(table.find("\ufffd")).isEqualTo(Answer.NOT_FOUND);
        assertThat(table.size()).hasValue(3);
    }

    /** In a parameter such a byte has become U+FFFD. */
    @Test
    void values_in_a_parameter_that_were_not_UTF_8_are_unavailable() throws Exception {
        assertThat(open(new StaticTable(), "static", "gr\ufffdn").find("a")).isEqualTo(Answer.unavailable("value is not UTF-8"));
        assertThat(open(new RandMap(), "randmap", "{gr\ufffdn}").find("a")).isEqualTo(Answer.unavailable("value is not UTF-8"));
        assertThat(open(new CidrTable(), "cidr", "{{192.0.2.7 gr\ufffdn}}").find("192.0.2.7")).isEqualTo(Answer.unavailable("line 1: value is not UTF-8"));
        assertThat(open(new TextHash(), "texthash", "{{a \u00fc} {b gr\ufffdn}}").find("b")).isEqualTo(Answer.unavailable("line 2: value is not UTF-8"));
        assertThatExceptionOfType(TableOpenException.class).isThrownBy(() -> open(new InlineTable(), "inline", "{a=gr\ufffdn}")).withMessage("bad UTF-8 syntax: \"inline:{a=gr?n}\"; need \"inline:{name=value...}\"");
    }

    @Test
    void nested_ifs_in_cidr() throws Exception {
        Files.writeString(dir.resolve("c"), """
            if 10.0.0.0/8
            if !10.1.0.0/16
            10.0.0.0/8 outside
            endif
            10.1.2.0/24 deep
            endif
            if 2001:db8::/32
            endif
            0.0.0.0/0 rest
            ::/0 rest6
            """);
        Table table = open(new CidrTable(), "cidr", "c");
        assertThat(table.find("10.2.0.1")).isEqualTo(Answer.found("outside"));
        assertThat(table.find("10.1.2.3")).isEqualTo(Answer.found("deep"));
        assertThat(table.find("10.1.3.3")).isEqualTo(Answer.found("rest"));
        assertThat(table.find("192.0.2.1")).isEqualTo(Answer.found("rest"));
        assertThat(table.find("2001:db8::1")).isEqualTo(Answer.found("rest6"));
        assertThat(table.find("[2001:db8::1]")).isEqualTo(Answer.NOT_FOUND);
        assertThat(table.find("example.org")).isEqualTo(Answer.NOT_FOUND);
        assertThat(warnings).isEmpty();
    }
}
