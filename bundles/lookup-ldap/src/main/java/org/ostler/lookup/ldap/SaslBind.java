// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import com.unboundid.ldap.sdk.BindRequest;
import com.unboundid.ldap.sdk.CRAMMD5BindRequest;
import com.unboundid.ldap.sdk.DIGESTMD5BindRequest;
import com.unboundid.ldap.sdk.DIGESTMD5BindRequestProperties;
import com.unboundid.ldap.sdk.EXTERNALBindRequest;
import com.unboundid.ldap.sdk.GSSAPIBindRequest;
import com.unboundid.ldap.sdk.GSSAPIBindRequestProperties;
import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.PLAINBindRequest;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.RootDSE;
import com.unboundid.ldap.sdk.SASLQualityOfProtection;
import com.unboundid.ldap.sdk.SCRAMSHA1BindRequest;
import com.unboundid.ldap.sdk.SCRAMSHA256BindRequest;
import com.unboundid.ldap.sdk.SCRAMSHA512BindRequest;
import java.util.List;
import java.util.Set;

/**
 * {@code bind = sasl}: chooses a mechanism and makes its request.
 *
 * <p>One mechanism in {@code sasl_mechs} is used without asking; of several, or of all where none is named, the first that the server offers. {@code bind_dn} is the name to authenticate with, as in
 * Postfix.
 */
final class SaslBind {

    /** Without a list: strongest first. */
    private static final List<String> ALL = List.of("EXTERNAL", "GSSAPI", "SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "CRAM-MD5", "PLAIN");

    /** Those that can say for whom, in this library. */
    private static final Set<String> FOR_OTHERS = Set.of("EXTERNAL", "GSSAPI", "DIGEST-MD5", "PLAIN");

    private final Access.Credentials credentials;
    private final Access.Sasl sasl;
    private final Server server;
    /** Strength of the connection itself, in bits. */
    private final int strength;

    SaslBind(Access.Credentials credentials, Server server, int strength) {
        this.credentials = credentials;
        this.sasl = credentials.sasl();
        this.server = server;
        this.strength = strength;
    }

    BindRequest request(LDAPConnection connection) throws LDAPException {
        String mechanism = mechanism(connection);
        if (!hasLayer(mechanism) && strength < sasl.minSsf()) {
            throw new LDAPException(ResultCode.AUTH_UNKNOWN, mechanism + " is too weak for sasl_minssf = " + sasl.minSsf());
        }
        if (!sasl.authorizationId().isEmpty() && ALL.contains(mechanism) && !FOR_OTHERS.contains(mechanism)) {
            // As somebody else it could find nothing, and that would be an answer.
            throw new LDAPException(ResultCode.AUTH_UNKNOWN, mechanism + " cannot act for another: sasl_authz_id = " + sasl.authorizationId());
        }
        String id = credentials.dn();
        String password = credentials.password();
        return switch (mechanism) {
            // RFC 4422 appendix A: an empty text means "whoever the connection says I am"; without any, OpenLDAP's server asks back.
            case "EXTERNAL" -> new EXTERNALBindRequest(sasl.authorizationId());
            case "GSSAPI" -> gssapi();
            case "SCRAM-SHA-512" -> new SCRAMSHA512BindRequest(id, password);
            case "SCRAM-SHA-256" -> new SCRAMSHA256BindRequest(id, password);
            case "SCRAM-SHA-1" -> new SCRAMSHA1BindRequest(id, password);
            case "DIGEST-MD5" -> digest();
            case "CRAM-MD5" -> new CRAMMD5BindRequest(id, password);
            case "PLAIN" -> new PLAINBindRequest(id, orNull(sasl.authorizationId()), password);
            default -> throw new LDAPException(ResultCode.AUTH_UNKNOWN, "no mechanism " + mechanism);
        };
    }

    private String mechanism(LDAPConnection connection) throws LDAPException {
        if (sasl.mechanisms().size() == 1) {
            return sasl.mechanisms().getFirst();
        }
        RootDSE root = connection.getRootDSE();
        String[] offered = root == null ? null : root.getSupportedSASLMechanismNames();
        List<String> names = offered == null ? List.of() : List.of(offered);
        return (sasl.mechanisms().isEmpty() ? ALL : sasl.mechanisms()).stream().filter(names::contains).filter(this::isPossible).findFirst()
                .orElseThrow(() -> new LDAPException(ResultCode.AUTH_UNKNOWN, "the server offers " + String.join(" ", names)));
    }

    /** Not to try without asking what cannot work: a password mechanism without password, one that acts for nobody else. */
    private boolean isPossible(String mechanism) {
        if (!sasl.authorizationId().isEmpty() && !FOR_OTHERS.contains(mechanism)) {
            return false;
        }
        return switch (mechanism) {
            case "EXTERNAL", "GSSAPI" -> ALL.contains(mechanism) && (credentials.password().isEmpty() || !sasl.mechanisms().isEmpty());
            default -> ALL.contains(mechanism) && !credentials.password().isEmpty();
        };
    }

    private static boolean hasLayer(String mechanism) {
        return mechanism.equals("GSSAPI") || mechanism.equals("DIGEST-MD5");
    }

    private SASLQualityOfProtection[] protection() {
        int missing = strength >= sasl.minSsf() ? 0 : sasl.minSsf();
        return switch (missing) {
            case 0 -> new SASLQualityOfProtection[] {SASLQualityOfProtection.AUTH};
            case 1 -> new SASLQualityOfProtection[] {SASLQualityOfProtection.AUTH_INT, SASLQualityOfProtection.AUTH_CONF};
            default -> new SASLQualityOfProtection[] {SASLQualityOfProtection.AUTH_CONF};
        };
    }

    private BindRequest digest() {
        var properties = new DIGESTMD5BindRequestProperties(credentials.dn(), credentials.password());
        properties.setRealm(orNull(sasl.realm()));
        properties.setAuthorizationID(orNull(sasl.authorizationId()));
        properties.setAllowedQoP(protection());
        return new DIGESTMD5BindRequest(properties);
    }

    /** With a password a ticket is fetched; without, the cache of the process's user has it (KRB5CCNAME). Where the realm's servers are, krb5.conf says: the library would ask for their address beside a realm. */
    private BindRequest gssapi() throws LDAPException {
        String name = credentials.dn();
        String principal = name.isEmpty() || sasl.realm().isEmpty() || name.indexOf('@') >= 0 ? name : name + "@" + sasl.realm();
        var properties = new GSSAPIBindRequestProperties(orNull(principal), orNull(credentials.password()));
        properties.setAuthorizationID(orNull(sasl.authorizationId()));
        properties.setSASLClientServerName(server.host());
        properties.setRequireCachedCredentials(credentials.password().isEmpty());
        properties.setAllowedQoP(protection());
        return new GSSAPIBindRequest(properties);
    }

    private static String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
