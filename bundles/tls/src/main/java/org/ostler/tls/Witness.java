// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

/**
 * What goes by in a handshake, and JSSE does not tell afterwards: whether the server's certificates came, which they do not when a session is resumed; and which of our identities was chosen.
 *
 * <p><b>Threads</b> a handshake runs on the thread that starts it, key and trust managers included; so each thread has its own.
 */
final class Witness implements AutoCloseable {

    private static final ThreadLocal<Witness> CURRENT = new ThreadLocal<>();

    private boolean certificates;
    private Identities identities;

    private Witness() {}

    /** From now to {@link #close} this thread's handshake is watched. */
    static Witness start() {
        var witness = new Witness();
        CURRENT.set(witness);
        return witness;
    }

    /** Certificates passed: the handshake was a full one. */
    static void sawCertificates() {
        Witness witness = CURRENT.get();
        if (witness != null) {
            witness.certificates = true;
        }
    }

    /** The server's choice for this handshake. */
    static void chose(Identities identities) {
        Witness witness = CURRENT.get();
        if (witness != null) {
            witness.identities = identities;
        }
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
        CURRENT.remove();
    }
}
