// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.tck.lookup.AnyTableContract;
import org.ostler.mail.tck.lookup.Specs;

/** The types that nobody fills from a map keep what holds for every table. What each of them does besides is in {@link BuiltinTest}. */
class FixedTypesTest {

    private static final String JOE = "joe:x:1000:1000:Joe:/home/joe:/bin/sh";
    private static final String STAFF = "staff:x:50:joe";

    @TempDir
    Path dir;

    private Table open(TableFactory factory, String type, String name) throws TableOpenException {
        return factory.open(Specs.of(type, name, dir, line -> { }));
    }

    @Nested
    class CidrKeepsTheContract implements AnyTableContract {

        private static final int NETWORKS = 1000;

        /** A network of either family for each number. */
        @Override
        public Table openTable() throws Exception {
            var text = new StringBuilder();
            for (int i = 0; i < NETWORKS; i++) {
                text.append(four(i)).append("0/24 four").append(i).append('\n').append(six(i)).append("/48 six").append(i).append('\n');
            }
            Files.writeString(dir.resolve("c"), text);
            return open(new CidrTable(), "cidr", "c");
        }

        private static String four(int number) {
            return "10." + number / 250 + "." + number % 250 + ".";
        }

        private static String six(int number) {
            return "2001:db8:" + Integer.toHexString(number) + "::";
        }

        @Override
        public Content content() {
            var entries = new HashMap<String, String>();
            for (int i = 0; i < NETWORKS; i++) {
                entries.put(four(i) + i % 256, "four" + i);
                entries.put(six(i) + "7", "six" + i);
            }
            return Content.of(entries);
        }

        @Override
        public Map<String, Callable<Table>> brokenTables() {
            return Map.of("no file", () -> open(new CidrTable(), "cidr", "none"), "a directory", () -> open(new CidrTable(), "cidr", "."), "braces that do not fit", () -> open(new CidrTable(), "cidr", "{{::/0 x}"));
        }
    }

    @Nested
    class StaticKeepsTheContract implements AnyTableContract {
        @Override
        public Table openTable() throws Exception {
            return open(new StaticTable(), "static", "{one value}");
        }

        @Override
        public Content content() {
            return Content.everyKey(Answer.found("one value")::equals);
        }

        @Override
        public Map<String, Callable<Table>> brokenTables() {
            return Map.of("no value", () -> open(new StaticTable(), "static", ""), "empty braces", () -> open(new StaticTable(), "static", "{ }"), "half a brace", () -> open(new StaticTable(), "static", "{a"));
        }
    }

    @Nested
    class FailKeepsTheContract implements AnyTableContract {
        @Override
        public Table openTable() throws Exception {
            return open(new FailTable(), "fail", "x");
        }

        @Override
        public Content content() {
            return Content.everyKey(Answer.Unavailable.class::isInstance);
        }
    }

    @Nested
    class EnvironKeepsTheContract implements AnyTableContract {
        @Override
        public Table openTable() throws Exception {
            return open(new EnvironTable(), "environ", "x");
        }

        @Override
        public Content content() {
            var set = new HashMap<>(System.getenv());
            set.values().removeIf(String::isEmpty);
            return Content.of(set);
        }
    }

    @Nested
    class RandmapKeepsTheContract implements AnyTableContract {
        @Override
        public Table openTable() throws Exception {
            return open(new RandMap(), "randmap", "{a, b}");
        }

        @Override
        public Content content() {
            return Content.everyKey(answer -> answer.equals(Answer.found("a")) || answer.equals(Answer.found("b")));
        }

        @Override
        public Map<String, Callable<Table>> brokenTables() {
            return Map.of("nothing in it", () -> open(new RandMap(), "randmap", "{}"), "no braces", () -> open(new RandMap(), "randmap", "x"), "half a brace", () -> open(new RandMap(), "randmap", "{x"));
        }
    }

    /** With the file alone; what the name service knows is in {@link BuiltinTest}. */
    private abstract class Unix implements AnyTableContract {

        abstract String file();

        abstract String line();

        @Override
        public Table openTable() throws Exception {
            Files.writeString(dir.resolve(file()), line() + "\n");
            return open(unix(dir), "unix", file() + ".byname");
        }

        private UnixTable unix(Path etc) {
            return new UnixTable(etc, () -> false, Optional::empty);
        }

        @Override
        public Content content() {
            return Content.of(Map.of(line().substring(0, line().indexOf(':')), line()));
        }

        @Override
        public Map<String, Callable<Table>> brokenTables() {
            return Map.of("a table that there is not", () -> open(unix(dir), "unix", "passwd.byuid"), "no file", () -> open(unix(dir.resolve("none")), "unix", file() + ".byname"));
        }
    }

    @Nested
    class UnixUsersKeepTheContract extends Unix {
        @Override
        String file() {
            return "passwd";
        }

        @Override
        String line() {
            return JOE;
        }
    }

    @Nested
    class UnixGroupsKeepTheContract extends Unix {
        @Override
        String file() {
            return "group";
        }

        @Override
        String line() {
            return STAFF;
        }
    }
}
