// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.tls.TlsReports.Attempt;
import org.ostler.mail.tls.TlsReports.Kind;
import org.ostler.mail.tls.TlsReports.Policy;
import org.ostler.mail.tls.TlsResult;

/** Counts in memory and in the file. */
class CountsTest {

    private static final LocalDate DAY = LocalDate.of(2026, 6, 1);

    @TempDir
    private Path directory;

    private List<Tally.Count> read(DayFiles files) throws Exception {
        var read = new ArrayList<Tally.Count>();
        files.read(DAY, read::add);
        return read;
    }

    @Test
    void sessionsThatWentWellCountTogetherAndFailuresByWhatFailed() {
        var tally = new Tally();
        tally.add(DAY, Samples.good("a.test", Samples.STS));
        tally.add(DAY, new Attempt("a.test", Samples.STS, Optional.empty(), "", "192.0.2.9", "mx2.a.test", "192.0.2.1", "other"));
        tally.add(DAY, Samples.bad("a.test", Samples.STS, TlsResult.CERTIFICATE_EXPIRED, "mx1"));
        tally.add(DAY, Samples.bad("a.test", Samples.STS, TlsResult.CERTIFICATE_EXPIRED, "mx1"));
        tally.add(DAY, Samples.bad("a.test", Samples.STS, TlsResult.CERTIFICATE_EXPIRED, "mx2"));
        tally.add(DAY.plusDays(1), Samples.good("a.test", Samples.STS));
        assertThat(tally.drain()).extracting(Tally.Count::times).containsExactly(2L, 2L, 1L, 1L);
        assertThat(tally.isEmpty()).isTrue();
    }

    @Test
    void whereThereIsNoRoomTheOldestGoes() {
        var tally = new Tally();
        for (int i = 0; i < Tally.MOST + 5; i++) {
            tally.add(DAY, Samples.good("d" + i + ".test", Samples.STS));
        }
        assertThat(tally.lost()).isEqualTo(5);
        List<Tally.Count> counts = tally.drain();
        assertThat(counts).hasSize(Tally.MOST);
        assertThat(counts.getFirst().attempt().recipientDomain()).isEqualTo("d5.test");
    }

    @Test
    void hugeTextsAreCutShort() {
        var tally = new Tally();
        List<String> lines = java.util.Collections.nCopies(10_000, "x".repeat(1000));
        tally.add(DAY, new Attempt("a.test", new Policy(Kind.STS, "a.test", lines, lines), Optional.of(TlsResult.STS_POLICY_INVALID), "y".repeat(100_000), "", "", "", ""));
        assertThat(tally.drain().getFirst().toString()).hasSizeLessThan(10_000);
    }

    @Test
    void whatIsWrittenIsReadWhateverStrangersPutIn() throws Exception {
        var files = new DayFiles(directory.resolve("tlsrpt"));
        var nasty = List.of("a\tb\\,c\n", "", "\\", "\\\\,", ",", "\r\u0000\u00e9", "\\t");
        List<Tally.Count> counts = List.of(new Tally.Count(DAY, Samples.good("a.test", Samples.TLSA), 3),
                new Tally.Count(DAY, new Attempt("b\t.test", new Policy(Kind.STS, "\n", nasty, List.of("x")), Optional.of(TlsResult.DANE_REQUIRED), "\\n\n", "1", "2\\", "3\t", "4"), Long.MAX_VALUE));
        assertThat(files.append(DAY, counts)).isTrue();
        assertThat(read(files).get(1)).isEqualTo(counts.get(1));
        assertThat(read(files).getFirst().attempt().policy()).isEqualTo(Samples.TLSA);
        assertThat(files.days()).containsExactly(DAY);
    }

    @Test
    void aLineThatACrashCutShortCostsOnlyItself() throws Exception {
        var files = new DayFiles(directory);
        List<Tally.Count> count = List.of(new Tally.Count(DAY, Samples.good("a.test", Samples.TLSA), 3));
        files.append(DAY, count);
        Path file = directory.resolve(DAY + ".counts");
        byte[] whole = Files.readAllBytes(file);
        for (int cut = 1; cut < whole.length; cut += cut < whole.length - 12 ? 9 : 1) {
            Files.write(file, java.util.Arrays.copyOf(whole, cut));
            files.append(DAY, count);
            assertThat(read(files)).as("cut at %d", cut).hasSizeBetween(1, cut == whole.length - 1 ? 2 : 1).contains(new Tally.Count(DAY, count.getFirst().attempt(), 3));
        }
        Files.write(file, new byte[] {0, (byte) 0xff, '\n', '1', '\t', '\n'}, StandardOpenOption.APPEND);
        assertThat(read(files)).isNotEmpty();
    }

    @Test
    void aFileThatGrowsIsAddedUpAndAtLastFull() throws Exception {
        long most = DayFiles.MOST_BYTES / 32;
        var files = new DayFiles(directory, most);
        String detail = "z".repeat(280);
        List<Tally.Count> same = java.util.stream.IntStream.range(0, 600)
                .mapToObj(i -> new Tally.Count(DAY, new Attempt("d" + i + ".test", Samples.STS, Optional.of(TlsResult.VALIDATION_FAILURE), detail, "", "", "", ""), 1)).toList();
        int rounds = 6;
        for (int i = 0; i < rounds; i++) {
            assertThat(files.append(DAY, same)).isTrue();
        }
        assertThat(Files.size(directory.resolve(DAY + ".counts"))).isLessThanOrEqualTo(most);
        var sum = new long[1];
        files.read(DAY, count -> sum[0] += count.times());
        assertThat(sum[0]).isEqualTo(600L * rounds);
        boolean room = true;
        for (int i = 0; i < 10 && room; i++) {
            String other = "w".repeat(270) + i;
            room = files.append(DAY, same.stream().map(c -> new Tally.Count(DAY, new Attempt(c.attempt().recipientDomain(), Samples.STS, c.attempt().failure(), other, "", "", "", ""), 1)).toList());
        }
        assertThat(room).isFalse();
        assertThat(Files.size(directory.resolve(DAY + ".counts"))).isLessThanOrEqualTo(most);
    }

    @Test
    void whatWasSentIsKnownUntilTheDayIsDone() throws Exception {
        var files = new DayFiles(directory);
        assertThat(files.sent(DAY)).isEmpty();
        files.append(DAY, List.of(new Tally.Count(DAY, Samples.good("a.test", Samples.TLSA), 3)));
        files.sent(DAY, "a.test", "mailto:x@a.test");
        assertThat(files.sent(DAY)).containsExactly(DayFiles.key("a.test", "mailto:x@a.test"));
        Files.writeString(directory.resolve("notes.counts"), "not ours");
        assertThat(files.days()).containsExactly(DAY);
        files.delete(DAY);
        assertThat(files.days()).isEmpty();
        assertThat(files.sent(DAY)).isEmpty();
        assertThat(new DayFiles(directory.resolve("missing")).days()).isEmpty();
    }
}
