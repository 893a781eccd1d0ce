// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import java.io.IOException;
import java.io.InputStream;
import org.ostler.mail.cleanup.Submission;

/** Text with LF (or CR LF) line ends to canonical content; a bare CR inside a line becomes a blank (cleanup_replace_stray_cr_lf). */
final class LineEnds {

    private LineEnds() {}

    static void copy(InputStream in, Submission out) throws IOException {
        byte[] from = new byte[32 * 1024];
        byte[] to = new byte[2 * from.length + 2];
        boolean cr = false;
        boolean lineStart = true;
        for (int n = in.read(from); n >= 0; n = in.read(from)) {
            int used = 0;
            for (int i = 0; i < n; i++) {
                byte b = from[i];
                if (b == '\n') {
                    to[used++] = '\r';
                    to[used++] = '\n';
                    cr = false;
                    lineStart = true;
                    continue;
                }
                if (cr) {
                    to[used++] = ' ';
                }
                cr = b == '\r';
                if (!cr) {
                    to[used++] = b;
                }
                lineStart = false;
            }
            out.content(to, 0, used);
        }
        if (!lineStart) {
            out.content(new byte[] {'\r', '\n'}, 0, 2);
        }
    }
}
