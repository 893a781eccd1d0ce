// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import com.unboundid.ldap.sdk.BindRequest;
import com.unboundid.ldap.sdk.ExtendedResult;
import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPConnectionOptions;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.LDAPURL;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.SimpleBindRequest;
import com.unboundid.ldap.sdk.extensions.StartTLSExtendedRequest;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;

/**
 * One connection to one server, encrypted and authenticated as its {@link Access} says.
 *
 * <p>Asks and waits in the caller's thread; the library's reader thread is not started. <b>Threads</b> one at a time. <b>Blocking</b> until the alarm.
 */
final class Link {

    /** OpenLDAP counts a Unix-domain socket as strong as that many bits. */
    private static final int LOCAL_STRENGTH = 71;
    static final int MAX_MESSAGE = 32 << 20;

    private final Server server;
    private final Access access;
    private final SSLContext tls;
    private final Socket socket;
    private final LDAPConnection ldap;
    private final Alarm alarm;
    /** For the pool. */
    private long idleSince;

    private Link(Server server, Access access, SSLContext tls, Socket socket, LDAPConnection ldap) {
        this.server = server;
        this.access = access;
        this.tls = tls;
        this.socket = socket;
        this.ldap = ldap;
        this.alarm = new Alarm(access.timeout(), socket);
    }

    /**
     * Connects, encrypts and binds.
     *
     * @param tls null where nothing is encrypted
     * @throws LDAPException {@code TIMEOUT} when the budget is used up; {@code SERVER_DOWN}, the bind's own result, or {@link StartTlsException}
     */
    static Link open(Server server, Access access, SSLContext tls, Duration budget) throws LDAPException {
        Link link = connect(server, access, tls, budget);
        Alarm alarm = Alarm.after(budget, link.socket);
        try (alarm) {
            link.bind();
        } catch (LDAPException e) {
            link.cut();
            throw alarm.rang() ? timeout(e) : e;
        } catch (RuntimeException | Error e) {
            link.cut();
            throw e;
        }
        if (alarm.rang()) {
            link.cut();
            throw timeout(null);
        }
        return link;
    }

    private static Link connect(Server server, Access access, SSLContext tls, Duration budget) throws LDAPException {
        long end = System.nanoTime() + budget.toNanos();
        Socket socket;
        try {
            socket = Wire.connect(server, end);
        } catch (java.net.SocketTimeoutException e) {
            throw new LDAPException(ResultCode.TIMEOUT, e.getMessage(), e);
        } catch (IOException e) {
            throw new LDAPException(ResultCode.SERVER_DOWN, String.valueOf(e.getMessage()), e);
        }
        Alarm alarm = Alarm.after(Duration.ofNanos(Math.max(1, end - System.nanoTime())), socket);
        LDAPConnection ldap;
        try (alarm) {
            ldap = encrypted(server, access, tls, socket);
        } catch (LDAPException e) {
            closeQuietly(socket);
            throw alarm.rang() ? timeout(e) : e;
        }
        if (alarm.rang()) {
            closeQuietly(socket);
            throw timeout(null);
        }
        return new Link(server, access, tls, socket, ldap);
    }

    private static LDAPConnection encrypted(Server server, Access access, SSLContext tls, Socket socket) throws LDAPException {
        LDAPConnection ldap;
        try {
            boolean direct = server.scheme() == Server.Scheme.LDAPS;
            Socket used = direct ? Wire.tls(tls.getSocketFactory(), server, access.tls()).createSocket(socket, server.host(), server.port(), true) : socket;
            // The address is not used: the socket is there already.
            ldap = new LDAPConnection(Wire.ready(used), options(access), "127.0.0.1", Math.max(1, server.port()));
        } catch (LDAPException e) {
            throw new LDAPException(ResultCode.SERVER_DOWN, e.getMessage(), e);
        } catch (IOException e) {
            throw new LDAPException(ResultCode.SERVER_DOWN, String.valueOf(e.getMessage()), e);
        }
        if (access.tls().startTls() && server.scheme() != Server.Scheme.LDAPS) {
            startTls(ldap, server, access, tls);
        }
        return ldap;
    }

    private static void startTls(LDAPConnection ldap, Server server, Access access, SSLContext tls) throws LDAPException {
        try {
            ExtendedResult result = ldap.processExtendedOperation(new StartTLSExtendedRequest(Wire.tls(tls.getSocketFactory(), server, access.tls())));
            if (result.getResultCode() != ResultCode.SUCCESS) {
                throw new LDAPException(result);
            }
        } catch (LDAPException e) {
            ldap.closeWithoutUnbind();
            throw new StartTlsException(e);
        }
    }

    /** Says which step failed. */
    static final class StartTlsException extends LDAPException {

        private static final long serialVersionUID = 1L;

        StartTlsException(LDAPException cause) {
            super(cause.getResultCode(), cause.getMessage(), cause);
        }
    }

    private static LDAPConnectionOptions options(Access access) {
        var options = new LDAPConnectionOptions();
        options.setUseSynchronousMode(true);
        options.setAutoReconnect(false);
        // The alarm is the deadline. The library's own would be a second timer for each question, and a third for each write.
        options.setResponseTimeoutMillis(0);
        options.setConnectTimeoutMillis((int) access.timeout().toMillis());
        options.setMaxMessageSize(MAX_MESSAGE);
        options.setBindWithDNRequiresPassword(false);
        options.setAbandonOnTimeout(false);
        return options;
    }

    private void bind() throws LDAPException {
        Access.Credentials credentials = access.credentials();
        if (credentials.bind() == Access.Bind.NONE) {
            return;
        }
        BindRequest request = credentials.bind() == Access.Bind.SIMPLE ? new SimpleBindRequest(credentials.dn(), credentials.password()) : new SaslBind(credentials, server, strength()).request(ldap);
        ldap.bind(request);
    }

    private int strength() {
        if (server.scheme() == Server.Scheme.LDAPI) {
            return LOCAL_STRENGTH;
        }
        SSLSession session = ldap.getSSLSession();
        return session == null ? 0 : session.getCipherSuite().contains("256") && session.getCipherSuite().contains("AES_256") ? 256 : 128;
    }

    /** An anonymous connection to where a referral points, as OpenLDAP makes it; ends with the timeout at the latest. */
    LDAPConnection follow(LDAPURL url) throws LDAPException {
        Server.Scheme scheme = switch (url.getScheme()) {
            case "ldaps" -> Server.Scheme.LDAPS;
            case "ldapi" -> Server.Scheme.LDAPI;
            default -> Server.Scheme.LDAP;
        };
        if (scheme == Server.Scheme.LDAPI || scheme == Server.Scheme.LDAPS && tls == null) {
            throw new LDAPException(ResultCode.NOT_SUPPORTED, "referral to " + url);
        }
        Link link = connect(new Server(scheme, url.getHost(), url.getPort()), access, tls, access.timeout());
        // Never called off: the library closes the connection when it is done, and closing it again does no harm.
        Alarm.after(access.timeout(), link.socket);
        return link.ldap;
    }

    /** Whether a message was longer than {@link #MAX_MESSAGE}. To the library that is a connection lost; only its words tell, and they have the number. */
    static boolean isTooLong(LDAPException e) {
        return e.getResultCode() == ResultCode.SERVER_DOWN && String.valueOf(e.getMessage()).contains("maximum of " + MAX_MESSAGE + " ");
    }

    private static LDAPException timeout(LDAPException e) {
        return new LDAPException(ResultCode.TIMEOUT, "no answer in time", e);
    }

    Server server() {
        return server;
    }

    LDAPConnection ldap() {
        return ldap;
    }

    /** Set for one question. */
    Alarm alarm() {
        return alarm.set();
    }

    /** Its alarm rang at the very end of a question that was answered: nothing more can be asked. */
    boolean isSpent() {
        return alarm.rang();
    }

    Access access() {
        return access;
    }

    void idleSince(long now) {
        idleSince = now;
    }

    long idleSince() {
        return idleSince;
    }

    /** Politely. */
    void close() {
        try (Alarm _ = Alarm.after(Duration.ofSeconds(1), socket)) {
            ldap.close();
        }
    }

    /** At once, without a word; whoever reads from it gets an error. */
    void cut() {
        closeQuietly(socket);
        ldap.closeWithoutUnbind();
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It was broken before; that is why it is closed.
            return;
        }
    }
}
