// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Standard output. A {@link java.io.PrintStream} hides that nobody takes what it prints, and a command would work on for nobody, or end as if all had been written. Where the reader has gone this ends the command at once and
 * silently, as SIGPIPE ends programs that are not Java; where what is printed cannot be kept, with a word.
 */
final class Output extends FilterOutputStream {

    /** What a shell says of a program that SIGPIPE ended: 128 and 13. */
    static final int READER_GONE = 141;

    private final String command;
    private final OutputStream err;

    Output(OutputStream out, OutputStream err, String command) {
        super(out);
        this.err = err;
        this.command = command;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        try {
            out.write(bytes, from, length);
        } catch (IOException e) {
            // What the system calls EPIPE where its language is English, as the launcher has it.
            boolean gone = "Broken pipe".equals(e.getMessage());
            if (!gone) {
                err.write((command + ": fatal: write error: " + e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
            }
            Runtime.getRuntime().halt(gone ? READER_GONE : 1);
        }
    }
}
