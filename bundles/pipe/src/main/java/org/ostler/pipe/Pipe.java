// SPDX-License-Identifier: Apache-2.0
package org.ostler.pipe;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.GivenEnvironment;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.Settings;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.delivery.spi.Program;
import org.ostler.mail.delivery.spi.Transport;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.queue.RecipientState.Reason;

/**
 * Delivers by running a command with the message on its standard input.
 *
 * <h2>Security</h2>
 * No shell: words are passed as they are. The environment holds a fixed PATH and what {@code export_environment} names of what {@code import_environment} lets in. {@code user=} must be the user of the server, or the server must run as root, which then uses setpriv(1) to become that user;
 * anything else defers with the reason.
 *
 * <h2>Diagnostics</h2>
 * {@code delivered via SERVICE service}; {@code Command died with status 1: "...". Command output: ...}; {@code Command time limit exceeded: "..."}.
 *
 * <p><b>Threads</b> any virtual thread; a platform thread feeds the command and another reads what it prints, for as long as anybody has that open. <b>Blocking</b> until the command ends, at most {@code command_time_limit}; then it is killed and the mail deferred.
 */
@Component(name = "pipe", service = Transport.class)
@Program("pipe")
public final class Pipe implements Transport {

    private static final int MOST_OUTPUT = 4096;
    private static final EnhancedStatus OK = EnhancedStatus.of("2.0.0");
    private static final Duration KILL_PATIENCE = Duration.ofSeconds(10);

    @Override
    public DeliveryResult deliver(Delivery delivery) throws InterruptedException {
        long start = System.nanoTime();
        try {
            Attributes row = Attributes.parse(delivery.row().map(r -> r.arguments()).orElse(List.of()));
            if (row.sizeLimit() > 0 && delivery.message().content().size() > row.sizeLimit()) {
                return failed(delivery, start, Reason.local(EnhancedStatus.of("5.2.3"), "message too large"));
            }
            requireSingle(row, delivery);
            return run(row, delivery, start);
        } catch (Attributes.BadRow e) {
            return failed(delivery, start, Reason.local(EnhancedStatus.of("4.3.5"), "mail system configuration error: " + delivery.transport() + ": " + e.getMessage()));
        } catch (IOException e) {
            return failed(delivery, start, Reason.local(EnhancedStatus.of("4.3.0"), "cannot run the command: " + e.getMessage()));
        }
    }

    /** The headers that these flags add name one recipient; whoever else got the same copy would read there whom else it went to. */
    private static void requireSingle(Attributes row, Delivery delivery) throws Attributes.BadRow {
        for (char flag : new char[] {'D', 'O'}) {
            if (row.has(flag) && delivery.recipients().size() > 1) {
                throw new Attributes.BadRow("pipe flag `" + flag + "' requires " + delivery.transport() + "_destination_recipient_limit = 1");
            }
        }
    }

    private static DeliveryResult run(Attributes row, Delivery delivery, long start) throws IOException, InterruptedException {
        List<String> words = CommandLine.of(row, delivery);
        String shown = String.join(" ", words);
        var builder = new ProcessBuilder(asUser(row, words)).redirectErrorStream(true).directory(Path.of(row.directory().orElse(delivery.settings().text("queue_directory"))).toFile());
        environment(builder.environment(), delivery.settings());
        Duration limit = delivery.settings().get(delivery.transport() + "_time_limit", PipeParameters.COMMAND_TIME_LIMIT);
        Process process = builder.start();
        try {
            var feeding = new FutureTask<String>(() -> feed(row, delivery, process));
            var reading = new FutureTask<>(() -> output(process));
            // Not virtual: waiting for a pipe keeps the carrier, of which there are 256, and a few hundred slow commands would stop every session and delivery of the server.
            Thread.ofPlatform().daemon().name("pipe-read").start(reading);
            Thread.ofPlatform().daemon().name("pipe-feed").start(feeding);
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                return failed(delivery, start, Reason.local(EnhancedStatus.of("4.3.0"), "Command time limit exceeded: \"" + shown + "\""));
            }
            String trouble = result(feeding, "the command ended before it had the whole message");
            if (!trouble.isEmpty()) {
                return failed(delivery, start, Reason.local(EnhancedStatus.of("4.3.0"), "cannot read the message: " + trouble));
            }
            String printed = result(reading, "");
            if (!builder.command().equals(words) && ExitStatus.isNotStarted(process.exitValue())) {
                throw new IOException(printed);
            }
            if (process.exitValue() != 0) {
                return failed(delivery, start, ExitStatus.reason(process.exitValue(), shown, printed));
            }
            String text = "delivered via " + delivery.transport() + " service" + (printed.isEmpty() ? "" : " (" + printed + ")");
            return all(delivery, number -> new Outcome.Delivered(number, OK, text, !row.has('X'), delivery.transport(), timing(start)));
        } finally {
            kill(process);
        }
    }

    private static void kill(Process process) {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
    }

    /** @return what is wrong with our side; empty also where the command did not want to read all of it, which is its own business */
    private static String feed(Attributes row, Delivery delivery, Process process) {
        try (var out = process.getOutputStream()) {
            return feed(row, delivery, process, out);
        } catch (IOException e) {
            return "";
        }
    }

    /** The end of its input would be the end of the message to the command: where it is not, the command is killed first. */
    private static String feed(Attributes row, Delivery delivery, Process process, OutputStream out) throws IOException {
        try {
            new Feed(row, delivery).write(out);
            return "";
        } catch (Feed.Unreadable e) {
            kill(process);
            return e.getMessage();
        } catch (RuntimeException | Error e) {
            kill(process);
            throw e;
        }
    }

    private static String output(Process process) throws IOException {
        var text = new StringBuilder();
        try (var in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (int c = in.read(); c >= 0; c = in.read()) {
                if (text.length() < MOST_OUTPUT) {
                    text.append(c == '\n' || c == '\r' || Character.isISOControl(c) ? ' ' : (char) c);
                }
            }
        }
        return text.toString().strip();
    }

    /** The output may stay open in a grandchild; the command itself has ended. */
    private static <T> T result(FutureTask<T> task, T otherwise) throws InterruptedException {
        try {
            return task.get(KILL_PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return otherwise;
        }
    }

    private static List<String> asUser(Attributes row, List<String> words) throws IOException {
        Object ours = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        if (row.user().equals(System.getProperty("user.name")) && row.group().isEmpty()) {
            return words;
        }
        if (!ours.equals(0)) {
            throw new IOException("it is to run as " + row.user() + ", but the server runs as " + System.getProperty("user.name"));
        }
        // setpriv ends with status 1 for a name that it does not know, and so do commands: it must not come to that.
        var names = FileSystems.getDefault().getUserPrincipalLookupService();
        names.lookupPrincipalByName(row.user());
        String group = row.group().isPresent() ? row.group().get() : primaryGroup(row.user());
        if (!group.matches("\\d+")) {
            names.lookupPrincipalByGroupName(group);
        }
        var all = new ArrayList<>(List.of("setpriv", "--reuid=" + row.user(), "--init-groups", "--regid=" + group, "--"));
        all.addAll(words);
        return all;
    }

    /** The user's own group by number; its name may be another than the user's. A user whom only a name service knows is taken to have a group of his name. */
    private static String primaryGroup(String user) throws IOException {
        for (String line : Files.readAllLines(Path.of("/etc/passwd"), StandardCharsets.ISO_8859_1)) {
            String[] field = line.split(":", -1);
            if (field.length >= 4 && field[0].equals(user) && field[3].matches("\\d+")) {
                return field[3];
            }
        }
        return user;
    }

    private static void environment(Map<String, String> environment, Settings settings) {
        GivenEnvironment.restore(environment);
        Map<String, String> imported = named(settings.get(PipeParameters.IMPORT_ENVIRONMENT), environment);
        imported.put("MAIL_CONFIG", settings.text("config_directory"));
        environment.clear();
        environment.putAll(named(settings.get(PipeParameters.EXPORT_ENVIRONMENT), imported));
        // Last: as in Postfix nobody chooses another.
        environment.put("PATH", "/usr/bin:/bin");
    }

    /** Of {@code from} what the entries name; of {@code name=value} that, also in braces with blanks around the sign. */
    private static Map<String, String> named(List<String> entries, Map<String, String> from) {
        var all = new HashMap<String, String>();
        for (String entry : entries) {
            String plain = Lists.unbrace(entry);
            int equals = plain.indexOf('=');
            if (equals > 0 && plain.equals(entry)) {
                all.put(plain.substring(0, equals), plain.substring(equals + 1));
            } else if (equals > 0) {
                all.put(plain.substring(0, equals).strip(), plain.substring(equals + 1).strip());
            } else if (from.containsKey(plain)) {
                all.put(plain, from.get(plain));
            }
        }
        return all;
    }

    private static DeliveryResult failed(Delivery delivery, long start, Reason reason) {
        return all(delivery, number -> reason.status().isPermanent() ? new Outcome.Bounced(number, reason, delivery.transport(), timing(start))
                : new Outcome.Deferred(number, reason, delivery.transport(), timing(start)));
    }

    private static DeliveryResult all(Delivery delivery, IntFunction<Outcome> outcome) {
        return DeliveryResult.of(delivery.recipients().stream().map(outcome::apply).toList());
    }

    private static Outcome.Timing timing(long start) {
        return new Outcome.Timing(0, System.nanoTime() - start, 0);
    }
}
