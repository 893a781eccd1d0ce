// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.listen;

import java.net.Socket;
import org.osgi.annotation.versioning.ProviderType;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;

/** A connection just taken. Used by the thread that serves it, but for what is said otherwise. */
@ProviderType
public interface Connection {

    /** Connected, TCP_NODELAY set. Closed by the listener when {@code serve} returns. */
    Socket socket();

    ServiceRow row();

    /** Settings of the row, of the generation in force when the connection came. */
    Settings settings();

    /** How many connections from this client's network (smtpd_client_ipv4_prefix_length ...) are open on this row, this one included. */
    int clientConnections();

    /** True when the handler is to end the session at the next transaction boundary (a new version takes over, or the server stops). Any thread. */
    boolean isDraining();

    /**
     * One timer for the session: at the given moment its input ends (a read answers end of file, {@link #isOverdue} is true), so that the handler can say goodbye; 5 s later the
     * socket is closed, which ends a write too. A socket timeout covers one read only and Java has none for writes.
     *
     * @param nanos from now; 0 switches it off
     */
    void deadline(long nanos);

    /** Whether the deadline that is set has passed, or an earlier one did and ended the input. */
    boolean isOverdue();

    /**
     * Says that the session waits for a client that owes nothing: no transaction is open. Should the connection be draining, or begin to while this stands, its input ends
     * at once (the next read answers end of file) so that the handler can say goodbye; output stays open.
     */
    void atBoundary(boolean waiting);
}
