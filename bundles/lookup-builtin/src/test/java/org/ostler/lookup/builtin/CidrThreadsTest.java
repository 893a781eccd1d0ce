// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.lookup.OutageContract;
import org.ostler.mail.tck.lookup.Specs;
import org.ostler.mail.tck.lookup.TableContract;

/** What {@link TableContract} asks of other types and can not of this one, whose keys are addresses. */
class CidrThreadsTest {

    private static final int NETWORKS = 1000;

    @TempDir
    Path dir;

    /** A network for each number, and a block of IPv6. */
    private Table table() throws Exception {
        String text = IntStream.range(0, NETWORKS).mapToObj(i -> network(i) + "0/24 value" + i + "\n").collect(Collectors.joining())
                + "if 2001:db8::/32\n2001:db8:1::/48 one\n!2001:db8:2::/48 not two\nendif\n";
        Files.writeString(dir.resolve("c"), text);
        return new CidrTable().open(Specs.of("cidr", "c", dir, line -> { }));
    }

    private static String network(int i) {
        return "10." + i / 250 + "." + i % 250 + ".";
    }

    @Test
    void many_threads_at_once() throws Exception {
        try (Table table = table(); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var results = new ArrayList<Future<Integer>>();
            for (int t = 0; t < 50; t++) {
                int first = t;
                results.add(threads.submit(() -> {
                    int right = 0;
                    for (int i = 0; i < NETWORKS; i++) {
                        int n = (first * 17 + i) % NETWORKS;
                        right += table.find(network(n) + i % 256).equals(Answer.found("value" + n)) ? 1 : 0;
                        right += table.find("192.0.2." + i % 256).equals(Answer.NOT_FOUND) ? 1 : 0;
                        right += table.find("2001:db8:1::" + Integer.toHexString(i)).equals(Answer.found("one")) ? 1 : 0;
                        right += table.find("2001:db8:3::" + Integer.toHexString(i)).equals(Answer.found("not two")) ? 1 : 0;
                    }
                    return right;
                }));
            }
            for (Future<Integer> result : results) {
                assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo(4 * NETWORKS);
            }
        }
    }

    /** There is nothing to wait for, so who is interrupted is answered; and he stays interrupted. */
    @Test
    void an_interrupted_lookup_is_answered_and_spoils_nothing() throws Exception {
        try (Table table = table()) {
            for (int i = 0; i < 20; i++) {
                var answer = new AtomicReference<Answer>();
                var interrupted = new AtomicReference<Boolean>();
                Thread asking = Thread.ofVirtual().start(() -> {
                    Thread.currentThread().interrupt();
                    answer.set(table.find("10.0.1.7"));
                    interrupted.set(Thread.currentThread().isInterrupted());
                });
                assertThat(asking.join(Duration.ofSeconds(60))).as("ends").isTrue();
                assertThat(answer.get()).isEqualTo(Answer.found("value1"));
                assertThat(interrupted.get()).as("stays interrupted").isTrue();
                assertThat(OutageContract.answerInTime(table, "10.0.1.7")).as("afterwards").isEqualTo(Answer.found("value1"));
            }
        }
    }
}
