// SPDX-License-Identifier: Apache-2.0
package org.ostler.maillog;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Standard output. */
final class StreamTarget implements LogTarget {

    private final PrintStream out;

    StreamTarget(PrintStream out) {
        this.out = out;
    }

    @Override
    public void write(List<Line> lines) throws IOException {
        var text = new StringBuilder(lines.size() * 160);
        for (Line line : lines) {
            text.append(line.time()).append(' ').append(line.text()).append('\n');
        }
        out.write(text.toString().getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    @Override
    public void close() {
        out.flush();
    }
}
