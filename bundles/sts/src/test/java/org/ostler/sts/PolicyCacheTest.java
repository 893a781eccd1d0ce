// SPDX-License-Identifier: Apache-2.0
package org.ostler.sts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyCacheTest {

    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

    @TempDir
    private Path directory;

    private static PolicyCache.Entry entry(String domain, long maxAge, String... more) throws Exception {
        var lines = new java.util.ArrayList<>(List.of("version: STSv1", "mode: enforce", "max_age: " + maxAge, "mx: mx." + domain));
        lines.addAll(List.of(more));
        return new PolicyCache.Entry(domain, "1", StsPolicy.parse(lines), NOW, NOW);
    }

    @Test
    void whatWasSavedIsThereAfterARestart() throws Exception {
        Path file = directory.resolve("sts-policies");
        var cache = new PolicyCache();
        cache.put(entry("a.test", 1000, "x-note:\tcaf\u00e9"), 10);
        cache.put(entry("b.test", 10), 10);
        cache.save(file);
        var other = new PolicyCache();
        other.load(file, NOW.plusSeconds(11), 10);
        assertThat(other.size()).as("what is over is not taken").isEqualTo(1);
        assertThat(other.get("a.test", NOW.plusSeconds(11)).orElseThrow().policy().mx()).containsExactly("mx.a.test");
        assertThat(other.get("a.test", NOW.plusSeconds(11)).orElseThrow().fetched()).isEqualTo(NOW);
        assertThat(Files.list(directory)).containsExactly(file);
    }

    @Test
    void aFileThatIsNotWholeIsNotBelieved() throws Exception {
        Path file = directory.resolve("sts-policies");
        var cache = new PolicyCache();
        cache.put(entry("a.test", 1000), 10);
        cache.put(entry("b.test", 1000), 10);
        cache.save(file);
        String good = Files.readString(file);
        for (String bad : List.of("", "\n", "ostler-sts 2\nend 0 0\n", good.substring(0, good.length() / 2), good.substring(0, good.indexOf("end")), good.replace("enforce", "testing"), good + "x\n", "\0".repeat(100))) {
            Files.writeString(file, bad);
            var other = new PolicyCache();
            assertThatThrownBy(() -> other.load(file, NOW, 10)).as(bad).isInstanceOf(IOException.class);
            assertThat(other.size()).isZero();
        }
        Files.delete(file);
        new PolicyCache().load(file, NOW, 10); // none is not a broken one
    }

    @Test
    void aPolicyOfTheFutureCountsFromNow() throws Exception {
        Path file = directory.resolve("sts-policies");
        var cache = new PolicyCache();
        cache.put(entry("a.test", 1000), 10);
        cache.save(file);
        var other = new PolicyCache();
        Instant before = NOW.minus(Duration.ofDays(3650));
        other.load(file, before, 10);
        assertThat(other.get("a.test", before).orElseThrow().expires()).isEqualTo(before.plusSeconds(1000));
    }

    @Test
    void aPolicyHoldsUntilItsTimeIsOver() throws Exception {
        var cache = new PolicyCache();
        cache.put(entry("a.test", 1000), 10);
        assertThat(cache.get("a.test", NOW.plusSeconds(1000))).isPresent();
        assertThat(cache.get("a.test", NOW.plusSeconds(1001))).isEmpty();
        assertThat(cache.size()).isZero();
    }

    @Test
    void theLeastRecentlyUsedGoFirst() throws Exception {
        var cache = new PolicyCache();
        cache.put(entry("a.test", 1000), 2);
        cache.put(entry("b.test", 1000), 2);
        cache.get("a.test", NOW);
        cache.put(entry("c.test", 1000), 2);
        assertThat(cache.get("a.test", NOW)).isPresent();
        assertThat(cache.get("b.test", NOW)).isEmpty();
        assertThat(cache.get("c.test", NOW)).isPresent();
    }

    @Test
    void hugePoliciesDriveOutEachOtherNotThoseOfOthers() throws Exception {
        var cache = new PolicyCache();
        cache.put(entry("small.test", 1000), 100_000);
        String huge = "x: " + "y".repeat(60_000);
        for (int i = 0; i < 600; i++) {
            cache.put(entry("huge" + i + ".test", 1000, huge), 100_000);
        }
        assertThat(cache.size()).isLessThan(300);
        assertThat(cache.get("small.test", NOW)).isPresent();
    }

    @Test
    void dueIsWhatIsOldAndInUse() throws Exception {
        var cache = new PolicyCache();
        cache.put(entry("week.test", 604_800), 10);
        cache.put(entry("hour.test", 3600), 10);
        Duration day = Duration.ofDays(1);
        Duration month = Duration.ofDays(30);
        assertThat(cache.due(NOW.plusSeconds(1799), day, month)).isEmpty();
        assertThat(cache.due(NOW.plusSeconds(1800), day, month)).extracting(PolicyCache.Entry::domain).containsExactly("hour.test");
        assertThat(cache.due(NOW.plus(day), day, month)).extracting(PolicyCache.Entry::domain).containsExactly("week.test");
        assertThat(cache.due(NOW.plus(day), day, Duration.ofHours(1))).as("nobody sends there").isEmpty();
    }
}
