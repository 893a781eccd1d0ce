// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An unpacked archive, used as an operator uses it: through {@code bin/ostler}. */
record Installation(Path home) {

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /** What a command said and how it ended. */
    record Result(int status, String output) {}

    /** One for all tests that only read it. */
    static Installation shared() {
        return Shared.WHOLE;
    }

    private static final class Shared {
        static final Installation WHOLE = unpacked();

        private static Installation unpacked() {
            try {
                return unpack("whole");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** The archive of this build in {@code target/NAME}, anew. */
    static Installation unpack(String name) throws Exception {
        Path target = Path.of("target", name).toAbsolutePath();
        Instance.deleteTree(target);
        Files.createDirectories(target);
        run(target, Map.of(), 0, "tar", "xzf", System.getProperty("ostler.distribution"));
        return new Installation(target.resolve("ostler-" + System.getProperty("ostler.version")));
    }

    /** {@code bin/ostler VERB -c DIR ARGUMENTS}; a status other than {@code expected} fails the test, below 0 any will do. */
    Result ostler(int expected, String verb, Instance instance, String... arguments) throws Exception {
        var command = new ArrayList<>(List.of(home.resolve("bin/ostler").toString(), verb, "-c", instance.configDirectory().toString()));
        command.addAll(List.of(arguments));
        return run(home, Map.of(), expected, command.toArray(String[]::new));
    }

    /** Output goes to a file, because a daemon would hold a pipe open. */
    static Result run(Path directory, Map<String, String> environment, int expected, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("itests", ".out");
        try {
            var builder = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            if (!process.waitFor(PATIENCE)) {
                process.destroyForcibly();
                throw new AssertionError(String.join(" ", command) + " did not end: " + Files.readString(output));
            }
            var result = new Result(process.exitValue(), Files.readString(output));
            if (expected >= 0) {
                assertEquals(String.join(" ", command) + ": " + result.output(), expected, result.status());
            }
            return result;
        } finally {
            Files.delete(output);
        }
    }
}
