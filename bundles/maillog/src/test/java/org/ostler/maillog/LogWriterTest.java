// SPDX-License-Identifier: Apache-2.0
package org.ostler.maillog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.log.Severity;

class LogWriterTest {

    @TempDir
    Path dir;

    @Test
    void a_line_reads_as_Postfix_writes_it() throws IOException {
        Path file = dir.resolve("log/maillog");
        try (var writer = new LogWriter(new FileTarget(file, 0640), "host", 2)) {
            writer.line(Instant.parse("2026-11-02T03:04:05Z"), Severity.WARNING, "postfix/smtpd", "hello");
            writer.line(Instant.parse("2026-11-02T03:04:05Z"), Severity.INFO, "postfix/qmgr", "x: removed");
        }
        assertThat(Files.readString(file)).matches("Nov 0\\d \\d\\d:\\d\\d:05 host postfix/smtpd\\[\\d+]: warning: hello\nNov .* postfix/qmgr\\[\\d+]: x: removed\n");
    }

    @Test
    void a_moved_file_is_noticed() throws IOException {
        Path file = dir.resolve("maillog");
        var target = new FileTarget(file, 0600);
        target.write(List.of(new LogTarget.Line(22, "t", "one")));
        Files.move(file, dir.resolve("old"));
        target.write(List.of(new LogTarget.Line(22, "t", "two")));
        target.close();
        assertThat(Files.readString(dir.resolve("old"))).isEqualTo("t one\n");
        assertThat(Files.readString(file)).isEqualTo("t two\n");
    }

    @Test
    void a_full_disk_costs_lines_and_says_how_many() throws Exception {
        var full = new AtomicBoolean(true);
        var refused = new CountDownLatch(1);
        var written = new CopyOnWriteArrayList<String>();
        LogTarget target = new LogTarget() {
            @Override
            public void write(List<Line> lines) throws IOException {
                if (full.get()) {
                    refused.countDown();
                    throw new IOException("No space left on device");
                }
                lines.forEach(line -> written.add(line.text()));
            }

            @Override
            public void close() {}
        };
        try (var writer = new LogWriter(target, "host", 2)) {
            writer.line(Instant.now(), Severity.INFO, "postfix/smtpd", "lost");
            assertThat(refused.await(10, TimeUnit.SECONDS)).isTrue();
            full.set(false);
            writer.line(Instant.now(), Severity.INFO, "postfix/smtpd", "kept");
        }
        assertThat(written).hasSize(2);
        assertThat(written.get(0)).contains("1 log lines were lost");
        assertThat(written.get(1)).contains("kept");
    }

    @Test
    void the_rotation_suffix_follows_strftime() {
        assertThat(LogRotate.suffix("%Y%m%d-%H%M%S", ZonedDateTime.parse("2026-11-02T03:04:05Z"))).isEqualTo("20261102-030405");
    }
}
