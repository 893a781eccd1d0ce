// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls.spi;

import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Another implementation of TLS behind the JDK's interfaces, chosen by {@code tls_provider}. Registered with {@link TlsEngineName}.
 *
 * <p>The bundle {@code tls} keeps the policy: keys, verdicts, protocol and cipher lists, sessions. An engine brings the handshake only.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> never. <b>Errors</b> {@link GeneralSecurityException}: the connection fails and mail waits. <b>Nulls</b> none. <b>Lifetime</b> a context is
 * used until the engine's service goes.
 */
@ConsumerType
public interface TlsEngine {

    /** A new context that nobody has initialised; its sockets layer over connected ones. */
    SSLContext context() throws GeneralSecurityException;
}
