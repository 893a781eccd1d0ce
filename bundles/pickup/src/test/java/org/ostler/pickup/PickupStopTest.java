// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.ostler.mail.config.FixedConfiguration;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tck.Gate;

/** The thread that takes local mail, from start to stop, and its successor. */
class PickupStopTest extends PickupRig {

    /** Half of the server may be exchanged at this moment; the thread that takes local mail must not end for that. */
    @Test
    void an_error_of_the_configuration_does_not_end_the_thread() throws Exception {
        var caught = new CountDownLatch(1);
        var logging = MailLog.attach((when, severity, tag, line) -> {
            if (line.contains("NoClassDefFoundError")) {
                caught.countDown();
            }
        });
        try (logging) {
            pickup.bindConfiguration(new FixedConfiguration(() -> {
                throw new NoClassDefFoundError("gone with its bundle");
            }), reference());
            pickup.activate();
            assertThat(caught.await(20, TimeUnit.SECONDS)).isTrue();
            pickup.deactivate();
        }
    }

    @Test
    void where_the_system_has_no_watch_left_mail_is_taken_all_the_same() throws Exception {
        Path file = drop("unwatched");
        var taken = new CountDownLatch(1);
        whenClosed = taken::countDown;
        watches = directory -> {
            throw new IOException("User limit of inotify instances reached or too many open files");
        };
        start();
        try {
            assertThat(taken.await(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            pickup.deactivate();
        }
        assertThat(file).doesNotExist();
    }

    /** Whoever waits for the disk and is interrupted does not learn whether the message is in the queue. */
    @Test
    void a_stop_does_not_break_into_a_submission() throws Exception {
        drop("once");
        var disk = new Gate();
        whenFinished = disk;
        start();
        disk.awaitReached();
        drop("not begun");
        var stop = new Thread(() -> {
            try {
                pickup.deactivate();
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        stop.start();
        while (stop.getState() != Thread.State.TIMED_WAITING && stop.isAlive()) {
            Thread.onSpinWait();
        }
        disk.open();
        stop.join();
        assertThat(submitted).containsOnlyOnce("once\r\n");
        assertThat(maildrop.toFile().list()).hasSize(1);
        assertThat(dir.resolve("pickup")).isEmptyDirectory();
    }

    /** However long the disk takes. */
    @Test
    void a_stop_that_no_longer_waits_for_a_submission_does_not_break_into_it_either() throws Exception {
        drop("once");
        var disk = new Gate();
        var ended = new CountDownLatch(1);
        whenFinished = disk;
        whenClosed = ended::countDown;
        start();
        disk.awaitReached();
        pickup.patience = Duration.ofMillis(1);
        pickup.deactivate();
        disk.open();
        assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(submitted).containsOnlyOnce("once\r\n");
    }

    /** A stop waits for a submission some seconds only; then its successor begins. */
    @Test
    void a_successor_does_not_take_what_is_still_being_submitted() throws IOException {
        Path file = drop("once");
        var successor = another(3);
        Runnable look = () -> {
            try {
                successor.maildrop().look(maildrop, SETTINGS);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        whenFinished = look;
        whenClosed = look;
        assertThat(warnings(this::look)).hasSize(2).containsOnly("pickup/" + file.getFileName() + ": an earlier submission of it has not ended yet; left for the next attempt");
        assertThat(submitted).containsOnlyOnce("once\r\n");
        assertThat(claimed(file)).doesNotExist();
        bugs = 1;
        drop("again");
        look();
        look.run();
        assertThat(submitted).as("after one that came to nothing").containsOnlyOnce("again\r\n");
    }
}
