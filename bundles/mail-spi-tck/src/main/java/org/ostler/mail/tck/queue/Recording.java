// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What the recorder wrote down, and how the recorder is built. */
final class Recording {

    /** One event; see recorder.c for the letters. */
    record Event(char type, long inode, long offset, int start, int length, int secondLength) {}

    final List<Event> events = new ArrayList<>();
    private final byte[] bytes;

    private Recording(byte[] bytes) {
        this.bytes = bytes;
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        while (in.remaining() >= 28) {
            char type = (char) in.get();
            in.position(in.position() + 3);
            int first = in.getInt();
            int second = in.getInt();
            long inode = in.getLong();
            long offset = in.getLong();
            events.add(new Event(type, inode, offset, in.position(), first, second));
            in.position(in.position() + first + second);
        }
    }

    static Recording read(Path log) throws IOException {
        return new Recording(Files.readAllBytes(log));
    }

    String text(Event event) {
        return new String(bytes, event.start, event.length, StandardCharsets.UTF_8);
    }

    String secondText(Event event) {
        return new String(bytes, event.start + event.length, event.secondLength, StandardCharsets.UTF_8);
    }

    byte[] bytes() {
        return bytes;
    }

    /** Compiles the recorder; null where there is no C compiler. */
    static Path build(Path directory) throws IOException, InterruptedException {
        Path source = directory.resolve("recorder.c");
        Path library = directory.resolve("recorder.so");
        try (var in = Recording.class.getResourceAsStream("recorder.c")) {
            Files.write(source, in.readAllBytes());
        }
        Path errors = directory.resolve("gcc.out");
        Process gcc;
        try {
            gcc = new ProcessBuilder("gcc", "-O1", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl", "-lpthread").redirectErrorStream(true)
                    .redirectOutput(errors.toFile()).start();
        } catch (IOException e) {
            return null;
        }
        if (!gcc.waitFor(60, TimeUnit.SECONDS) || gcc.exitValue() != 0) {
            throw new IOException("gcc: " + Files.readString(errors));
        }
        return library;
    }
}
