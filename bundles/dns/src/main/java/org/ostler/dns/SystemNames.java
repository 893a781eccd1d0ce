// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.ostler.mail.dns.Dns.Family;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.DnsAnswer.Security;

/**
 * The operating system's name service, through the JDK.
 *
 * <p>The C library's lookup cannot be interrupted and holds the carrier of a virtual thread, so it runs on few platform threads of its own; a caller waits no longer than its deadline.
 *
 * <p><b>Threads</b> any. <b>Errors</b> {@link DnsAnswer.Failed} wherever the C library does not say clearly that the name is unknown.
 */
final class SystemNames implements AutoCloseable {

    private static final int THREADS = 4;
    private static final int WAITING = 1000;
    /** The JDK keeps its own answers 30 s, failures 10 s; ours outlive them, so that a failure is seen first hand. */
    private static final Duration KEEP = Duration.ofSeconds(30);

    /** The lookup itself; replaced in tests. */
    @FunctionalInterface
    interface Source {
        InetAddress[] all(String host) throws UnknownHostException;
    }

    private final Source source;
    private final ThreadPoolExecutor pool = new ThreadPoolExecutor(THREADS, THREADS, 30, TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(WAITING), Thread.ofPlatform().daemon().name("native-names-", 0).factory());

    SystemNames(Source source) {
        this.source = source;
        pool.allowCoreThreadTimeOut(true);
    }

    AnswerCache.Fresh<InetAddress> addresses(String host, Family family, Duration deadline) {
        try {
            InetAddress[] all = pool.submit(() -> source.all(host)).get(deadline.toNanos(), TimeUnit.NANOSECONDS);
            List<InetAddress> fit = Stream.of(all).filter(a -> a instanceof Inet4Address == (family == Family.IPV4)).toList();
            DnsAnswer<InetAddress> answer = fit.isEmpty() ? new DnsAnswer.NoData<>(KEEP, Security.UNCHECKED)
                    : new DnsAnswer.Records<>(fit, host.toLowerCase(Locale.ROOT), KEEP, Security.UNCHECKED);
            return new AnswerCache.Fresh<>(answer, KEEP);
        } catch (ExecutionException e) {
            return failed(String.valueOf(e.getCause().getMessage()));
        } catch (TimeoutException e) {
            return new AnswerCache.Fresh<>(new DnsAnswer.Failed<>("no answer from the system's name service", false), Duration.ZERO);
        } catch (RejectedExecutionException e) {
            return new AnswerCache.Fresh<>(new DnsAnswer.Failed<>("too many lookups wait for the system's name service", false), Duration.ZERO);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new AnswerCache.Fresh<>(new DnsAnswer.Failed<>("interrupted", false), Duration.ZERO);
        }
    }

    /** getaddrinfo(3)'s words are all that the JDK passes on; anything but these two is temporary. */
    private static AnswerCache.Fresh<InetAddress> failed(String message) {
        if (message.contains("Name or service not known")) {
            return new AnswerCache.Fresh<>(new DnsAnswer.NoSuchName<>(KEEP, Security.UNCHECKED), KEEP);
        }
        if (message.contains("No address associated with hostname")) {
            return new AnswerCache.Fresh<>(new DnsAnswer.NoData<>(KEEP, Security.UNCHECKED), KEEP);
        }
        return new AnswerCache.Fresh<>(new DnsAnswer.Failed<>(message, false), Duration.ZERO);
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
