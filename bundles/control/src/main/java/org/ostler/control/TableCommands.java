// SPDX-License-Identifier: Apache-2.0
package org.ostler.control;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.ostler.mail.control.spi.ControlCommand.ControlException;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Latency;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.TableStatistics;
import org.ostler.mail.lookup.Tables;

/**
 * Lookup tables as operators and programs see them.
 *
 * <pre>
 *   tables.list            the tables that were asked, a line each: entries, hits, misses, errors, latency, bundle
 *   tables.json            the same, a JSON object a line; see docs/tables.md
 *   tables.find MAPS KEY   what a table list says of a key: value, or a failure that tells "not found" from "unavailable"
 *   tables.check MAPS      what is wrong with the tables, a line each; in front of MAPS may stand what is demanded of them: a word of {@link Protection}
 * </pre>
 * <b>Threads</b> any. <b>Blocking</b> bounded by the deadline of a lookup.
 */
final class TableCommands {

    static final List<String> VERBS = List.of("list", "json", "find", "check");

    private static final String ROW = "%9s %10s %10s %8s %8s %8s %8s  %s  (%s)";

    private final Leased<Tables> tables;

    TableCommands(Leased<Tables> tables) {
        this.tables = tables;
    }

    void run(String verb, List<String> arguments, Consumer<String> out) throws ControlException {
        try {
            switch (verb) {
                case "list" -> list(out);
                case "json" -> statistics().forEach(each -> out.accept(json(each)));
                case "find" -> find(arguments, out);
                default -> check(arguments).forEach(out);
            }
        } catch (UnavailableException e) {
            throw new ControlException("unavailable: " + e.getMessage());
        }
    }

    private List<TableStatistics> statistics() throws UnavailableException {
        return tables.call(Tables::statistics);
    }

    private void list(Consumer<String> out) throws UnavailableException {
        out.accept(String.format(ROW, "entries", "hits", "misses", "errors", "p50", "p99", "longest", "table", "bundle"));
        for (TableStatistics each : statistics()) {
            String entries = each.condition().entries().isPresent() ? Long.toString(each.condition().entries().getAsLong()) : "-";
            Latency latency = each.latency();
            out.accept(String.format(ROW, entries, each.counts().hits(), each.counts().misses(), each.counts().errors(),
                    time(latency.percentile(0.5)), time(latency.percentile(0.99)), time(latency.percentile(1)), each.table(), provider(each)));
            if (!each.condition().trouble().isEmpty()) {
                out.accept(" ".repeat(10) + "warning: " + (each.condition().open() ? "an older state goes on: " : "unavailable: ") + each.condition().trouble());
            }
        }
    }

    private static String provider(TableStatistics table) {
        return table.condition().open() ? table.source().bundle() + " " + table.source().version() : "not open";
    }

    /** Three digits and a unit. */
    static String time(Duration duration) {
        double nanos = duration.toNanos();
        if (nanos == 0) {
            return "-";
        }
        String unit = nanos < 1e6 ? "us" : nanos < 1e9 ? "ms" : "s";
        double value = nanos / (nanos < 1e6 ? 1e3 : nanos < 1e9 ? 1e6 : 1e9);
        return String.format(Locale.ROOT, value < 10 ? "%.2f%s" : value < 100 ? "%.1f%s" : "%.0f%s", value, unit);
    }

    static String json(TableStatistics table) {
        var line = new StringBuilder(300);
        line.append("{\"table\": ").append(QueueText.quoted(table.table())).append(", \"open\": ").append(table.condition().open());
        if (table.condition().open()) {
            line.append(", \"bundle\": ").append(QueueText.quoted(table.source().bundle())).append(", \"version\": ").append(QueueText.quoted(table.source().version()));
        }
        table.condition().entries().ifPresent(entries -> line.append(", \"entries\": ").append(entries));
        line.append(", \"hits\": ").append(table.counts().hits()).append(", \"misses\": ").append(table.counts().misses()).append(", \"errors\": ").append(table.counts().errors());
        line.append(", \"latency_us\": {\"p50\": ").append(micros(table, 0.5)).append(", \"p90\": ").append(micros(table, 0.9)).append(", \"p99\": ").append(micros(table, 0.99))
                .append(", \"p999\": ").append(micros(table, 0.999)).append(", \"max\": ").append(micros(table, 1)).append('}');
        if (!table.condition().trouble().isEmpty()) {
            line.append(", \"trouble\": ").append(QueueText.quoted(table.condition().trouble()));
        }
        return line.append('}').toString();
    }

    private static String micros(TableStatistics table, double share) {
        return String.format(Locale.ROOT, "%.3f", table.latency().percentile(share).toNanos() / 1e3);
    }

    private List<String> check(List<String> arguments) throws UnavailableException {
        // A table has a colon, these words have none.
        Protection demanded = Arrays.stream(Protection.values()).filter(each -> !arguments.isEmpty() && each.name().equals(arguments.getFirst())).findFirst().orElse(null);
        String maps = String.join(" ", demanded == null ? arguments : arguments.subList(1, arguments.size()));
        return tables.<List<String>, RuntimeException>call(t -> t.check(maps, "tables.check", demanded == null ? Protection.NONE : demanded));
    }

    private void find(List<String> arguments, Consumer<String> out) throws ControlException, UnavailableException {
        if (arguments.size() != 2) {
            throw new ControlException("usage: tables.find MAPS KEY");
        }
        Answer answer = tables.<Answer, RuntimeException>call(t -> t.open(arguments.get(0), "tables.find").find(arguments.get(1)));
        switch (answer) {
            case Answer.Found(String value) -> out.accept(value);
            case Answer.NotFound _ -> throw new ControlException("not found");
            case Answer.Unavailable(String reason) -> throw new ControlException("unavailable: " + reason);
        }
    }
}
