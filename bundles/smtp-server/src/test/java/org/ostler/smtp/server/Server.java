// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.ostler.listener.ListenerService;
import org.ostler.mail.access.AccessPolicy;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.Mx;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.log.LogSink;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.tck.lookup.StubTables;
import org.ostler.tls.AuthorityVerifier;
import org.ostler.tls.JsseTls;

/** The SMTP server behind a real listener on a free port, with its neighbours played by small fakes. Collects the log. */
final class Server implements AutoCloseable {

    final FakeCleanup cleanup = new FakeCleanup();
    final List<String> log = new CopyOnWriteArrayList<>();
    private final ListenerService listener = new ListenerService();
    private final AutoCloseable sink;

    Server(String mainCf, Path queue) {
        this(mainCf, queue, new FakeAccess());
    }

    Server(String mainCf, Path queue, AccessPolicy access) {
        this(mainCf, queue, access, UnaryOperator.identity());
    }

    Server(String mainCf, Path queue, AccessPolicy access, UnaryOperator<Cleanup> wrap) {
        this(mainCf, queue, access, wrap, new FakeTables());
    }

    Server(String mainCf, Path queue, AccessPolicy access, UnaryOperator<Cleanup> wrap, Tables tables) {
        sink = MailLog.attach((LogSink) (when, severity, tag, text) -> log.add(severity.prefix() + text));
        Settings settings = Settings.parse("inet_protocols = ipv4\ninet_interfaces = 127.0.0.1\nalias_maps =\nqueue_directory = " + queue + "\n" + mainCf);
        listener.apply(new Generation(1, queue, settings, List.of(
                new ServiceRow("127.0.0.1:0", "inet", false, true, false, "-", OptionalInt.empty(), "smtpd", List.of(), Map.of(), "master.cf", 1))));
        listener.serve("smtpd", new SmtpdService(access, wrap.apply(cleanup), Optional.of(new JsseTls(Map.of("authority", new AuthorityVerifier()), Map.of(), tables)), Optional.of(new LoopbackNames()),
                Optional.of(new FakeQueue()), tables), 1);
    }

    InetSocketAddress address() {
        return listener.addresses().getFirst();
    }

    /** Takes the program away: its sessions are drained. */
    void replaceProgram() {
        listener.dismiss("smtpd", 1);
    }

    /** Waits for a log line; it is written by the session's thread, perhaps after the client has its last reply. */
    String logged(String part) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() < end) {
            for (String line : log) {
                if (line.contains(part)) {
                    return line;
                }
            }
            Thread.sleep(5);
        }
        throw new AssertionError("no log line with \"" + part + "\" in\n" + String.join("\n", log));
    }

    @Override
    public void close() throws Exception {
        listener.stop();
        sink.close();
    }

    /** inline: and fail: tables, and the regular expression of smtpd_forbidden_commands. */
    static final class FakeTables implements StubTables {
        @Override
        public Answer find(String maps, String key) {
            if (maps.startsWith("fail:")) {
                return Answer.unavailable(maps);
            }
            if (maps.startsWith("regexp:")) {
                return Character.isLetter(key.charAt(0)) ? Answer.NOT_FOUND : Answer.found("Bogus");
            }
            String inner = Lists.unbrace(maps.substring(maps.indexOf(':') + 1));
            for (String pair : Lists.split(inner)) {
                String text = Lists.unbrace(pair);
                int equals = text.indexOf('=');
                if (text.substring(0, equals).strip().equalsIgnoreCase(key)) {
                    return Answer.found(text.substring(equals + 1).strip());
                }
            }
            return Answer.NOT_FOUND;
        }
    }

    private static final class LoopbackNames implements Dns {
        @Override
        public DnsAnswer<String> nativeName(InetAddress address) {
            return address.isLoopbackAddress() ? records("localhost") : new DnsAnswer.NoSuchName<>(Duration.ZERO, DnsAnswer.Security.UNCHECKED);
        }

        @Override
        public DnsAnswer<InetAddress> nativeAddresses(String host, Family family) {
            return records(InetAddress.ofLiteral("127.0.0.1"));
        }

        private static <T> DnsAnswer<T> records(T one) {
            return new DnsAnswer.Records<>(List.of(one), "localhost", Duration.ZERO, DnsAnswer.Security.UNCHECKED);
        }

        @Override
        public DnsAnswer<Mx> mx(String domain, boolean secure) {
            throw new AssertionError();
        }

        @Override
        public DnsAnswer<InetAddress> addresses(String host, Family family, boolean secure) {
            throw new AssertionError();
        }

        @Override
        public DnsAnswer<String> ptr(InetAddress address) {
            throw new AssertionError();
        }

        @Override
        public DnsAnswer<String> txt(String name, boolean secure) {
            throw new AssertionError();
        }

        @Override
        public DnsAnswer<Tlsa> tlsa(String name) {
            throw new AssertionError();
        }

        @Override
        public DnsAnswer<String> cname(String name, boolean secure) {
            throw new AssertionError();
        }
    }

    /** ETRN for anybody. */
    private static final class FakeQueue implements org.ostler.mail.queue.QueueManager {
        @Override
        public void list(java.util.function.Predicate<Listed> visitor) {}

        @Override
        public void flushAll() {}

        @Override
        public boolean flush(org.ostler.mail.model.QueueId id) {
            return false;
        }

        @Override
        public int flushSite(String domain) {
            return 0;
        }

        @Override
        public boolean delete(org.ostler.mail.model.QueueId id) {
            return false;
        }

        @Override
        public boolean hold(org.ostler.mail.model.QueueId id) {
            return false;
        }

        @Override
        public boolean release(org.ostler.mail.model.QueueId id) {
            return false;
        }

        @Override
        public Optional<org.ostler.mail.model.QueueId> requeue(org.ostler.mail.model.QueueId id) {
            return Optional.empty();
        }

        @Override
        public List<org.ostler.mail.model.QueueId> ids(java.util.Set<org.ostler.mail.queue.QueueName> queues, int limit) {
            return new ArrayList<>();
        }
    }
}
