// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Programs of this machine: run to their end within a bound, or started and ended by their process id. */
final class Program {

    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final List<String> FOLDERS = List.of("/usr/sbin", "/usr/bin", "/usr/local/bin", "/sbin", "/bin");

    /** Exit code and output, both streams in one. */
    record Result(int exit, String output) {
        Result ok() {
            if (exit != 0) {
                throw new AssertionError("exit " + exit + ": " + output);
            }
            return this;
        }
    }

    private Program() {}

    /** The program's path; without it the test is skipped, and the report names the program. */
    static String need(String name) {
        for (String folder : FOLDERS) {
            Path program = Path.of(folder, name);
            if (Files.isExecutable(program)) {
                return program.toString();
            }
        }
        Assumptions.abort("needs " + name + ", which is not installed");
        return name;
    }

    static Result run(List<String> command) {
        return run(command, "", Map.of());
    }

    /** Output goes to a file: a child that lives on would hold a pipe open. */
    static Result run(List<String> command, String input, Map<String, String> environment) {
        try {
            Path in = Files.createTempFile("interop", ".in");
            Path out = Files.createTempFile("interop", ".out");
            try {
                Files.writeString(in, input, StandardCharsets.ISO_8859_1);
                var builder = new ProcessBuilder(new ArrayList<>(command)).redirectErrorStream(true).redirectInput(in.toFile()).redirectOutput(out.toFile());
                builder.environment().putAll(environment);
                Process process = builder.start();
                if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError(String.join(" ", command) + " did not end: " + Files.readString(out, StandardCharsets.ISO_8859_1));
                }
                return new Result(process.exitValue(), Files.readString(out, StandardCharsets.ISO_8859_1));
            } finally {
                Files.delete(in);
                Files.delete(out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
