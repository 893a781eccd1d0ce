// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.ServiceReference;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.config.FixedConfiguration;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.log.Severity;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.notify.Reporter;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;

/** A pickup among fakes, and a maildrop to leave files in. Three files at a look are taken here. */
abstract class PickupRig {

    static final Settings SETTINGS = Settings.of(Map.of("myhostname", "mx.test"));
    static final Submission.Result QUEUED = new Submission.Result.Queued(new QueueId("4newnewz9"), 1, Instant.EPOCH);

    @TempDir
    Path dir;

    Path maildrop;
    int bugs;
    Path unreadable;
    boolean reporterWorks = true;
    final List<String> reports = new ArrayList<>();
    Runnable whenFinished = () -> { };
    Runnable whenClosed = () -> { };
    final List<String> submitted = new ArrayList<>();
    Submission.Result result = QUEUED;

    final Cleanup cleanup = (origin, settings) -> new Submission() {
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();

        @Override
        public QueueId id() {
            return new QueueId("4newnewz9");
        }

        @Override
        public void sender(Address sender, Ret ret, String envelopeId, Body body, boolean smtpUtf8) {
            submitted.add("from " + sender + " " + ret + " " + envelopeId + " " + origin.attributes().getOrDefault("sender_fullname", ""));
        }

        @Override
        public void tls(TlsRequest request) {
            if (request != TlsRequest.UNSPECIFIED) {
                submitted.add("tls " + request);
            }
        }

        @Override
        public void recipient(Recipient recipient) {
            submitted.add("to " + recipient.address() + " " + recipient.dsnNotify());
        }

        @Override
        public void action(String name, String argument) {
            throw new AssertionError(name);
        }

        @Override
        public void content(byte[] bytes, int offset, int length) {
            content.write(bytes, offset, length);
        }

        @Override
        public boolean isFailed() {
            return false;
        }

        @Override
        public Result finish() {
            if (bugs-- > 0) {
                throw new IllegalStateException("a bug");
            }
            whenFinished.run();
            submitted.add(content.toString(StandardCharsets.ISO_8859_1));
            return result;
        }

        @Override
        public void close() {
            whenClosed.run();
        }
    };
    final Reporter reporter = new Reporter() {
        @Override
        public void failed(StoredMessage message, List<Failure> failures, Settings settings) throws QueueException {
            if (!reporterWorks) {
                throw new QueueException(QueueException.Kind.UNAVAILABLE, "no report today");
            }
            try (var in = message.content().open()) {
                reports.add(message.envelope().sender() + " " + failures.size() + " " + failures.getFirst().reason().status() + " " + failures.getFirst().reason().text() + " "
                        + new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void delayed(StoredMessage message, List<Failure> failures, Settings settings) {
            throw new AssertionError();
        }

        @Override
        public void delivered(StoredMessage message, List<Success> successes, Settings settings) {
            throw new AssertionError();
        }
    };
    Watching.Watches watches = Watching.SYSTEM;
    final Pickup pickup = new Pickup(cleanup, reporter, new Watching(MailLog.of("postfix/pickup"), directory -> watches.open(directory)), file -> !file.equals(unreadable), 3);

    @BeforeEach
    void prepare() throws IOException {
        maildrop = Pickup.prepare(dir);
    }

    static ByteArrayInputStream text(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Path drop(String content) throws IOException {
        return new MaildropFile("joe@example.org", "Joe \\ Smith", List.of("ann@example.org", "odd\nname@x"), Ret.HDRS, "id", Notify.NEVER, TlsRequest.UNSPECIFIED).write(maildrop, text(content), 0);
    }

    /** Where a file lies that has been claimed. */
    Path claimed(Path file) {
        return dir.resolve("pickup").resolve(file.getFileName());
    }

    void look() throws IOException {
        pickup.maildrop().look(maildrop, SETTINGS);
    }

    /** After this one, or beside it. @param mostPerLook how many files it takes at a look */
    Pickup another(int mostPerLook) {
        return new Pickup(cleanup, reporter, new Watching(MailLog.of("postfix/pickup"), Watching.SYSTEM), readable -> true, mostPerLook);
    }

    /** It takes mail by itself from now on, until it is deactivated. */
    void start() {
        pickup.bindConfiguration(FixedConfiguration.of(dir, Map.of("queue_directory", dir.toString(), "myhostname", "mx.test")), reference());
        pickup.activate();
    }

    @SuppressWarnings("unchecked")
    static <T> ServiceReference<T> reference() {
        return (ServiceReference<T>) Proxy.newProxyInstance(PickupRig.class.getClassLoader(),
                new Class<?>[] {ServiceReference.class}, (proxy, method, arguments) -> 0);
    }

    interface Looks {
        void run() throws IOException;
    }

    static List<String> warnings(Looks looks) throws IOException {
        var lines = new ArrayList<String>();
        try (var attached = MailLog.attach((when, severity, tag, line) -> {
            if (severity == Severity.WARNING) {
                lines.add(line);
            }
        })) {
            assertThat(attached).isNotNull();
            // What was logged while nobody listened.
            lines.clear();
            looks.run();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        return lines;
    }
}
