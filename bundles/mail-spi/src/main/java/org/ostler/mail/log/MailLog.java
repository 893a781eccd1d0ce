// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.log;

import java.time.Instant;
import java.util.ArrayDeque;

/**
 * The one door to the mail log, for one program name.
 *
 * <pre>{@code
 * private final MailLog log = MailLog.of("postfix/smtpd");
 * log.info("connect from localhost[127.0.0.1]");
 * }</pre>
 *
 * <p>Kept in layer 1 with a static hub, not as a service: a worker must be able to log while the {@code maillog} bundle is being
 * replaced. Lines written meanwhile are kept, {@value #KEPT} at most, the oldest going first.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> never for I/O. <b>Errors</b> none.
 */
public final class MailLog {

    static final int KEPT = 10_000;

    private record Line(Instant when, Severity severity, String tag, String text) {}

    private static final Object LOCK = new Object();
    private static final ArrayDeque<Line> WAITING = new ArrayDeque<>();
    private static volatile LogSink sink;

    private final String tag;

    private MailLog(String tag) {
        this.tag = tag;
    }

    /** @param tag {@code $syslog_name/program}, for instance {@code postfix/smtpd} */
    public static MailLog of(String tag) {
        return new MailLog(tag);
    }

    /** Sends lines to {@code newSink}, those that waited first; closing the handle detaches it again. */
    public static AutoCloseable attach(LogSink newSink) {
        synchronized (LOCK) {
            for (Line line : WAITING) {
                newSink.line(line.when, line.severity, line.tag, line.text);
            }
            WAITING.clear();
            sink = newSink;
        }
        return () -> {
            synchronized (LOCK) {
                if (sink == newSink) {
                    sink = null;
                }
            }
        };
    }

    public String tag() {
        return tag;
    }

    public void info(String text) {
        write(Severity.INFO, text);
    }

    public void warning(String text) {
        write(Severity.WARNING, text);
    }

    public void error(String text) {
        write(Severity.ERROR, text);
    }

    public void fatal(String text) {
        write(Severity.FATAL, text);
    }

    public void write(Severity severity, String text) {
        String clean = printable(text);
        Instant now = Instant.now();
        LogSink current = sink;
        if (current != null) {
            current.line(now, severity, tag, clean);
            return;
        }
        synchronized (LOCK) {
            if (sink != null) {
                sink.line(now, severity, tag, clean);
                return;
            }
            if (WAITING.size() >= KEPT) {
                WAITING.removeFirst();
            }
            WAITING.addLast(new Line(now, severity, tag, clean));
        }
    }

    /** Control characters become {@code ?}, as in Postfix: no peer writes a second line into the log. */
    public static String printable(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                var out = new StringBuilder(text);
                for (int j = i; j < out.length(); j++) {
                    if (Character.isISOControl(out.charAt(j))) {
                        out.setCharAt(j, '?');
                    }
                }
                return out.toString();
            }
        }
        return text;
    }
}
