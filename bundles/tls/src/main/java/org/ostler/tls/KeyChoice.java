// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * Chooses what to show in a handshake: of the identities for the name that the client asked for, or of the usual ones, the first whose kind of key the peer can check. A client shows its own wherever a
 * server asks, whoever the server says it trusts, as Postfix does.
 *
 * <p><b>Threads</b> any; the choice by name is the {@link Witness}'s, from one call of a handshake to the next.
 */
final class KeyChoice extends X509ExtendedKeyManager {

    private final Identities usual;
    private final Optional<ServerNames> names;

    KeyChoice(Identities usual, Optional<ServerNames> names) {
        this.usual = usual;
        this.names = names;
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        if (names.isPresent() && socket instanceof SSLSocket tls && tls.getHandshakeSession() instanceof ExtendedSSLSession session) {
            requested(session).ifPresent(name -> names.get().find(name).ifPresent(found -> Witness.chose(name, found)));
        }
        return alias(keyType, Witness.chosen(usual));
    }

    private static Optional<String> requested(ExtendedSSLSession session) {
        return session.getRequestedServerNames().stream().filter(SNIHostName.class::isInstance).map(name -> ((SNIHostName) name).getAsciiName()).findFirst();
    }

    /** @return null: no key of this kind, in JSSE's contract */
    private static String alias(String keyType, Identities among) {
        int index = among.indexOf(keyType);
        return index < 0 ? null : Integer.toString(index);
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
        for (String keyType : keyTypes) {
            String alias = alias(keyType, usual);
            if (alias != null) {
                return alias;
            }
        }
        return null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return Witness.chosen(usual).chain(Integer.parseInt(alias));
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return Witness.chosen(usual).key(Integer.parseInt(alias));
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
        return alias(keyType, usual);
    }

    @Override
    public String chooseEngineClientAlias(String[] keyTypes, Principal[] issuers, SSLEngine engine) {
        return chooseClientAlias(keyTypes, issuers, null);
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        String alias = alias(keyType, usual);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        return getServerAliases(keyType, issuers);
    }
}
