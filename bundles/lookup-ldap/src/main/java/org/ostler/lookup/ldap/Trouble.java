// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.ResultCode;
import java.util.regex.Pattern;

/** A lookup that got no answer. The message is the reason for the log, in Postfix's words. */
final class Trouble extends Exception {

    private static final long serialVersionUID = 1L;

    enum Kind {
        /** The server answered, and not with what was asked for. */
        ANSWERED,
        /** The connection is gone; another one may do. */
        LOST,
        /** Nothing came in time. */
        HUNG,
        /** The lookup was called off before the server had its time: nothing is known of it. */
        CALLED_OFF
    }

    private static final int DEPTH = 16;
    /** Characters. A part of it comes from the server, which may say what it likes. */
    private static final int LONGEST = 2000;
    private static final Pattern VERSION = Pattern.compile("[,\\s]{0,4}\\b(?:ldapSDKVersion|revision)=[^\\s,()'\"]*");
    private static final Pattern CODE = Pattern.compile("\\bresultCode=-?\\d+ \\(([^()]*)\\)");
    private static final Pattern FIELD = Pattern.compile("\\b(?:errorMessage|diagnosticMessage|cause)=");
    private static final Pattern INNERMOST = Pattern.compile("\\b\\w+(?:Exception|Error)\\(([^()]*(?:\\((?<!(?:Exception|Error)\\()[^()]*\\)[^()]*)*+)\\)");

    private final transient Kind kind;

    Trouble(String message, Kind kind) {
        super(message);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    static Kind kind(LDAPException e) {
        return switch (e.getResultCode().intValue()) {
            case ResultCode.TIMEOUT_INT_VALUE -> Kind.HUNG;
            case ResultCode.USER_CANCELED_INT_VALUE -> Kind.CALLED_OFF;
            case ResultCode.SERVER_DOWN_INT_VALUE, ResultCode.CONNECT_ERROR_INT_VALUE, ResultCode.LOCAL_ERROR_INT_VALUE, ResultCode.DECODING_ERROR_INT_VALUE, ResultCode.BUSY_INT_VALUE,
                    ResultCode.UNAVAILABLE_INT_VALUE -> Kind.LOST;
            default -> Kind.ANSWERED;
        };
    }

    /** The number that OpenLDAP has for it: those made by the client are negative there. */
    static int number(LDAPException e) {
        int code = e.getResultCode().intValue();
        return code >= 81 && code <= 97 ? 80 - code : code;
    }

    /** What the library says of it, without its version and the names of its classes and fields, at any depth at which it quotes itself. */
    static String reason(LDAPException e) {
        String all = String.valueOf(e.getMessage());
        String text = VERSION.matcher(all.length() > LONGEST ? all.substring(0, LONGEST) + "..." : all).replaceAll("");
        text = FIELD.matcher(CODE.matcher(text).replaceAll("$1")).replaceAll("");
        String before = "";
        for (int i = 0; i < DEPTH && !text.equals(before); i++) {
            before = text;
            text = INNERMOST.matcher(text).replaceAll("$1");
        }
        return text.replaceAll("\\s+", " ").strip();
    }

    /** OpenLDAP's name for it, which is in every log so far. */
    static String text(LDAPException e) {
        return switch (number(e)) {
            case -1 -> "Can't contact LDAP server";
            case -2 -> "Local error";
            case -4 -> "Decoding error";
            case -5 -> "Timed out";
            case -6 -> "Unknown authentication method";
            case -7 -> "Bad search filter";
            case -8 -> "User cancelled operation";
            case -11 -> "Connect error";
            case 1 -> "Operations error";
            case 2 -> "Protocol error";
            case 3 -> "Time limit exceeded";
            case 4 -> "Size limit exceeded";
            case 7 -> "Authentication method not supported";
            case 8 -> "Strong(er) authentication required";
            case 10 -> "Referral";
            case 11 -> "Administrative limit exceeded";
            case 13 -> "Confidentiality required";
            case 32 -> "No such object";
            case 34 -> "Invalid DN syntax";
            case 48 -> "Inappropriate authentication";
            case 49 -> "Invalid credentials";
            case 50 -> "Insufficient access";
            case 51 -> "Server is busy";
            case 52 -> "Server is unavailable";
            case 53 -> "Server is unwilling to perform";
            case 80 -> "Other (e.g., implementation specific) error";
            default -> e.getResultCode().getName();
        };
    }
}
