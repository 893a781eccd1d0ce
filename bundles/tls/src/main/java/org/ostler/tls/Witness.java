// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.net.Socket;
import java.util.OptionalInt;
import org.ostler.mail.log.MailLog;

/**
 * What goes by in a handshake, and JSSE does not tell afterwards: whether the server's certificates came, which they do not when a session is resumed; which of our identities was
 * chosen, for which name; and the key exchange group.
 *
 * <p><b>Threads</b> a handshake runs on the thread that starts it, key and trust managers included; so each thread has its own.
 */
final class Witness implements AutoCloseable {

    private static final ThreadLocal<Witness> CURRENT = new ThreadLocal<>();

    private final ServerHello hello = new ServerHello();
    private final JsseBounds.Flight flight = new JsseBounds.Flight();
    private boolean certificates;
    private Identities identities;
    private String serverName = "";
    private final MailLog log;
    private final String peer;

    private Witness(MailLog log, String peer) {
        this.log = log;
        this.peer = peer;
    }

    /** From now to {@link #close} this thread's handshake is watched. @param log of the service whose session it is: several may share a context @param peer for the log */
    static Witness start(MailLog log, String peer) {
        var witness = new Witness(log, peer);
        CURRENT.set(witness);
        return witness;
    }

    /** @param otherwise where no handshake is watched */
    static MailLog log(MailLog otherwise) {
        Witness witness = CURRENT.get();
        return witness == null ? otherwise : witness.log;
    }

    /** With whom the handshake is; {@code unknown} where none is watched. */
    static String peer() {
        Witness witness = CURRENT.get();
        return witness == null ? "unknown" : witness.peer;
    }

    /** Certificates passed: the handshake was a full one. */
    static void sawCertificates() {
        Witness witness = CURRENT.get();
        if (witness != null) {
            witness.certificates = true;
        }
    }

    /** The server's choice for this handshake. @param name that the client asked for */
    static void chose(String name, Identities identities) {
        Witness witness = CURRENT.get();
        if (witness != null) {
            witness.serverName = name;
            witness.identities = identities;
        }
    }

    /** The socket to give to the engine in the place of the plain one. */
    Socket watch(Socket plain, boolean weAreServer) throws IOException {
        return weAreServer ? new WatchedSocket(plain, flight, hello) : new WatchedSocket(plain, hello, WatchedSocket.NOBODY);
    }

    /** The name by which one of our certificates was chosen; empty where none was. */
    String serverName() {
        return serverName;
    }

    /** Of TLS 1.3, by its number. */
    OptionalInt group() {
        return hello.group();
    }

    /** @param otherwise where nothing was chosen by name */
    static Identities chosen(Identities otherwise) {
        Witness witness = CURRENT.get();
        return witness == null || witness.identities == null ? otherwise : witness.identities;
    }

    /** Whether an earlier session of this client went on. @param suite that was agreed on; one without certificates leaves no trace here, and is taken for a new session */
    boolean resumed(String suite) {
        return !certificates && !suite.contains("_anon_");
    }

    @Override
    public void close() {
        flight.over();
        CURRENT.remove();
    }
}
