// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.ostler.mail.config.FileStamp;
import org.ostler.mail.log.MailLog;

/**
 * JSSE contexts, which carry the sessions that may be resumed: one for each policy, so that no session crosses from one to another.
 *
 * <p>A context is made anew when one of the files behind it changes; where the new files are no good the old context stays, or there is none. A warning says why, once, and the files are looked into again
 * when they change, or after {@link #AGAIN} (rights, and file descriptors that were short, leave no trace in a file): peers cannot make us read and log at will. Of many contexts, those that were not asked
 * for longest go, and their sessions with them.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> reads certificate files.
 */
final class Contexts {

    /** A ticket that lives longer than RFC 8446 section 4.6.1 allows is not given out: JSSE's only way, for one context, to say "no tickets". */
    private static final int NO_TICKETS = 8 * 86_400;
    private static final int LONGEST = 7 * 86_400;
    private static final int MOST_WARNINGS = 200;
    private static final Duration AGAIN = Duration.ofSeconds(10);

    /**
     * All that tells one context from another.
     *
     * @param whose    the policy of a client; the parameters of a server
     * @param identity which files make up keys and certificates
     * @param sessions how long they may be resumed; zero: never
     * @param engine   of {@code tls_provider}
     * @param ciphers  OpenSSL's list
     * @param groups   OpenSSL's names
     */
    record Wanted(Object whose, Identities.Source identity, Duration sessions, String engine, String ciphers, List<String> groups) {}

    /** @param groups as JSSE names them */
    record Ready(List<FileStamp> stamps, SSLContext context, String[] suites, String[] groups) {}

    /** Files that could not be used as they were then. */
    private record Flaw(List<FileStamp> stamps, String why, Instant found) {

        boolean holds(List<FileStamp> now, Instant time) {
            return stamps.equals(now) && !time.isBefore(found) && time.isBefore(found.plus(AGAIN));
        }

        boolean isSaidBy(Flaw other) {
            return other != null && stamps.equals(other.stamps) && why.equals(other.why);
        }
    }

    /** What else goes into a new context. */
    interface Parts {
        SSLContext engine(String name) throws GeneralSecurityException, IOException;

        /** Of a server. */
        Optional<ServerNames> names();

        List<X509Certificate> issuers() throws IOException;

        /** Files that {@link #issuers} come from. */
        List<Path> issuerFiles();
    }

    private final int mostSessions;
    private final ReentrantLock loading = new ReentrantLock();
    private final InstantSource clock;
    private final Map<Wanted, Ready> ready;
    private final Map<Wanted, Flaw> flaws;
    private final Set<String> warned = new HashSet<>();
    /** Counts {@link #forget}: a context that was begun before is for one connection only. */
    private int era;

    Contexts(int mostContexts, int mostSessions, InstantSource clock) {
        this.ready = new Lru<>(mostContexts);
        this.flaws = new Lru<>(mostContexts);
        this.mostSessions = mostSessions;
        this.clock = clock;
    }

    Ready get(Wanted wanted, Parts parts, MailLog log) throws IOException {
        var files = new ArrayList<>(wanted.identity.files());
        files.addAll(parts.issuerFiles());
        List<FileStamp> now = FileStamp.of(files);
        int before;
        loading.lock();
        try {
            Optional<Ready> known = known(wanted, now);
            if (known.isPresent()) {
                return known.get();
            }
            before = era;
        } finally {
            loading.unlock();
        }
        SSLContext fresh = engine(wanted, parts, log); // out here: who waits for one engine holds up nobody who has another
        loading.lock();
        try {
            Optional<Ready> known = known(wanted, now);
            return known.isPresent() ? known.get() : renewed(wanted, new Load(now, fresh, before == era), parts, log);
        } finally {
            loading.unlock();
        }
    }

    /** Under the lock. Empty: there is something to load. */
    private Optional<Ready> known(Wanted wanted, List<FileStamp> now) throws IOException {
        Ready last = ready.get(wanted);
        if (last != null && last.stamps.equals(now)) {
            return Optional.of(last);
        }
        Flaw flaw = flaws.get(wanted);
        if (flaw == null || !flaw.holds(now, clock.instant())) {
            return Optional.empty();
        }
        if (last == null) {
            throw new IOException(flaw.why);
        }
        return Optional.of(last);
    }

    /** @param keep no engine has come or gone since the context was begun */
    private record Load(List<FileStamp> now, SSLContext context, boolean keep) {}

    /** Under the lock. */
    private Ready renewed(Wanted wanted, Load load, Parts parts, MailLog log) throws IOException {
        KeyManager keys;
        TrustManager trust;
        try {
            keys = new KeyChoice(Identities.load(wanted.identity), parts.names());
            trust = new AnyPeer(parts.issuers());
        } catch (IOException e) {
            Ready last = ready.get(wanted);
            flawed(wanted, new Flaw(load.now, String.valueOf(e.getMessage()), clock.instant()), log);
            if (last == null) {
                throw e;
            }
            return last;
        }
        flaws.remove(wanted);
        init(wanted, load.context, keys, trust);
        Ready made = new Ready(load.now, load.context, suites(wanted, load.context, log), groups(wanted, load.context, log));
        if (load.keep) {
            ready.put(wanted, made);
        }
        return made;
    }

    private void flawed(Wanted wanted, Flaw flaw, MailLog log) {
        if (!flaw.isSaidBy(flaws.put(wanted, flaw))) {
            log.warning(flaw.why);
        }
    }

    private void init(Wanted wanted, SSLContext context, KeyManager keys, TrustManager trust) throws IOException {
        try {
            context.init(new KeyManager[] {keys}, new TrustManager[] {trust}, null);
            long seconds = wanted.sessions.toSeconds();
            for (var cache : List.of(context.getServerSessionContext(), context.getClientSessionContext())) {
                cache.setSessionCacheSize(mostSessions);
                cache.setSessionTimeout(seconds <= 0 ? NO_TICKETS : (int) Math.min(seconds, LONGEST));
            }
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS engine \"" + wanted.engine + "\": " + e.getMessage(), e);
        }
    }

    private static SSLContext engine(Wanted wanted, Parts parts, MailLog log) throws IOException {
        try {
            return parts.engine(wanted.engine);
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS engine \"" + wanted.engine + "\": " + e.getMessage(), e);
        } catch (IOException e) {
            log.warning(e.getMessage());
            throw e;
        }
    }

    /** An engine has come or gone: nothing of it must stay. Connections that are open go on. */
    void forget(String engine) {
        loading.lock();
        try {
            era++;
            ready.keySet().removeIf(wanted -> wanted.engine.equals(engine));
            flaws.keySet().removeIf(wanted -> wanted.engine.equals(engine));
        } finally {
            loading.unlock();
        }
    }

    private String[] suites(Wanted wanted, SSLContext context, MailLog log) throws IOException {
        CipherList list = CipherList.of(wanted.ciphers, spoken(context));
        if (!list.odd().isEmpty()) {
            once("TLS cipher list \"" + wanted.ciphers + "\": nothing here is meant by: " + String.join(", ", list.odd()), log);
        }
        if (list.suites().isEmpty()) {
            String why = "no cipher is left by \"" + wanted.ciphers + "\"";
            once(why, log);
            throw new IOException(why);
        }
        return list.suites().toArray(String[]::new);
    }

    /** The engine's own choice in its order; then, where a list asks for them, what it leaves out. Of TLS 1.3, where no list speaks, its choice is all. */
    private static List<String> spoken(SSLContext context) {
        var suites = new LinkedHashSet<>(List.of(context.getDefaultSSLParameters().getCipherSuites()));
        Stream.of(context.getSupportedSSLParameters().getCipherSuites()).filter(suite -> suite.contains("_WITH_")).forEach(suites::add);
        return List.copyOf(suites);
    }

    private String[] groups(Wanted wanted, SSLContext context, MailLog log) {
        String[] theirs = context.getSupportedSSLParameters().getNamedGroups();
        Set<String> supported = theirs == null ? Set.of() : Set.of(theirs);
        var groups = new ArrayList<String>();
        var odd = new ArrayList<String>();
        for (String name : wanted.groups) {
            Optional<String> group = Ciphers.jsseGroup(name).filter(known -> supported.isEmpty() || supported.contains(known))
                    .filter(known -> !known.contains("MLKEM") || !wanted.engine.equals(Engines.JDK));
            group.ifPresentOrElse(groups::add, () -> odd.add(name));
        }
        if (!odd.isEmpty()) {
            once("TLS key exchange groups that are not known here: " + String.join(", ", odd), log);
        }
        return groups.isEmpty() ? null : groups.toArray(String[]::new);
    }

    /** Under the lock. */
    private void once(String text, MailLog log) {
        if (warned.size() < MOST_WARNINGS && warned.add(text)) {
            log.warning(text);
        }
    }
}
