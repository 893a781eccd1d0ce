// SPDX-License-Identifier: Apache-2.0
package org.ostler.maillog;

import java.io.IOException;
import java.util.List;

/** Where formatted lines go. Used by the one writer thread. */
interface LogTarget extends AutoCloseable {

    /** A line of the log. @param priority syslog priority (facility and severity) @param time timestamp and host name @param text tag, pid, message; no line end */
    record Line(int priority, String time, String text) {}

    void write(List<Line> lines) throws IOException;

    @Override
    void close();
}
