// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import org.ostler.mail.model.Reply;

/** Replies without variable parts, in Postfix's words, and those with the host name alone. */
final class Replies {

    static final Reply OK = Reply.of(250, "2.0.0", "Ok");
    static final Reply SENDER_OK = Reply.of(250, "2.1.0", "Ok");
    static final Reply RECIPIENT_OK = Reply.of(250, "2.1.5", "Ok");
    static final Reply START_DATA = Reply.of(354, "End data with <CR><LF>.<CR><LF>");
    static final Reply BYE = Reply.of(221, "2.0.0", "Bye");
    static final Reply GOODBYE = Reply.of(221, "2.7.0", "Error: I can break rules, too. Goodbye.");
    static final Reply BAD_SYNTAX = Reply.of(500, "5.5.2", "Error: bad syntax");
    static final Reply BAD_UTF8 = Reply.of(500, "5.5.2", "Error: bad UTF-8 syntax");
    static final Reply UNKNOWN = Reply.of(500, "5.5.2", "Error: command not recognized");
    static final Reply NOT_IMPLEMENTED = Reply.of(502, "5.5.1", "Error: command not implemented");
    static final Reply BDAT_NOT_IMPLEMENTED = Reply.of(521, "5.5.1", "Error: command not implemented");
    static final Reply OUT_OF_STEP = Reply.of(554, "5.5.0", "Error: SMTP protocol synchronization");
    static final Reply STARTTLS_FIRST = Reply.of(530, "5.7.0", "Must issue a STARTTLS command first");
    static final Reply VRFY_DISABLED = Reply.of(502, "5.5.1", "VRFY command is disabled");
    static final Reply NOT_AUTHORIZED = Reply.of(550, "5.7.0", "Error: insufficient authorization");
    static final Reply TOO_MANY_RECIPIENTS = Reply.of(452, "4.5.3", "Error: too many recipients");
    static final Reply MUST_DECLARE_UTF8 = Reply.of(553, "5.6.7", "Must declare SMTPUTF8 to send unicode address");
    static final Reply BAD_SENDER = Reply.of(501, "5.1.7", "Bad sender address syntax");
    static final Reply BAD_RECIPIENT = Reply.of(501, "5.1.3", "Bad recipient address syntax");
    static final Reply SIZE_EXCEEDED = Reply.of(552, "5.3.4", "Message size exceeds fixed limit");
    static final Reply TOO_BIG = Reply.of(552, "5.3.4", "Error: message file too big");
    static final Reply CHUNK_TOO_BIG = Reply.of(552, "5.3.4", "Chunk exceeds message size limit");
    static final Reply NULL_CHUNK = Reply.of(551, "5.7.1", "Null BDAT request");
    static final Reply NO_SPACE = Reply.of(452, "4.3.1", "Insufficient system storage");
    static final Reply QUEUE_TROUBLE = Reply.of(451, "4.3.0", "Error: queue file write error");
    static final Reply LOOKUP_TROUBLE = Reply.of(451, "4.3.0", "Temporary lookup error");
    static final Reply NO_AUTHENTICATION = Reply.of(503, "5.5.1", "Error: authentication not enabled");
    static final Reply SEND_HELO_FIRST = Reply.of(503, "5.5.1", "Error: send HELO/EHLO first");
    static final Reply TLS_ACTIVE = Reply.of(554, "5.5.1", "Error: TLS already active");
    static final Reply TLS_UNAVAILABLE = Reply.of(454, "4.7.0", "TLS not available due to local problem");
    static final Reply START_TLS = Reply.of(220, "2.0.0", "Ready to start TLS");
    static final Reply HELP = Reply.of(214, "2.0.0",
            "Commands: AUTH BDAT DATA EHLO ETRN HELO HELP MAIL NOOP QUIT RCPT RSET STARTTLS VRFY XCLIENT XFORWARD");
    static final Reply ETRN_STARTED = Reply.of(250, "Queuing started");
    static final Reply ETRN_UNABLE = Reply.of(458, "Unable to queue messages");

    private Replies() {}

    static Reply timeout(String host) {
        return Reply.of(421, "4.4.2", host + " Error: timeout exceeded");
    }

    static Reply tooManyErrors(String host) {
        return Reply.of(421, "4.7.0", host + " Error: too many errors");
    }

    static Reply tooManyConnections(String host, String client) {
        return Reply.of(421, "4.7.0", host + " Error: too many connections from " + client);
    }

    static Reply commandTooLong(String host) {
        return Reply.of(500, "5.5.2", host + " Error: command too long");
    }

    static Reply bareNewline(int code, String host) {
        return Reply.of(code, code / 100 + ".5.2", host + " Error: bare <LF> received");
    }

    static Reply serviceUnavailable(String host) {
        return Reply.of(421, "4.3.0", host + " Service unavailable - try again later");
    }

    /** @param why in Postfix's words */
    static Reply certificateWanted(String host, String why) {
        return Reply.of(421, "4.7.1", host + " Error: " + why);
    }

    /** It shows a certificate that nobody here can judge at the moment. */
    static Reply tlsTrouble(String host) {
        return Reply.of(421, "4.7.0", host + " Error: " + TLS_UNAVAILABLE.text());
    }

    /** Our version is being replaced, or the server stops. */
    static Reply leaving(String host) {
        return Reply.of(421, "4.3.2", host + " Service not available, closing transmission channel");
    }

    static Reply dataError(String host) {
        return Reply.of(421, "4.3.0", host + " Server local data error");
    }

    static Reply serverError(String host) {
        return Reply.of(421, "4.3.0", host + " Server local error");
    }
}
