// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.util.List;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.Reply;
import org.ostler.mail.model.Ret;

/**
 * What a client asks for, read from one line. Whether it may ask now is not decided here.
 */
public sealed interface Command {

    Verb verb();

    /** HELO and EHLO. @param name as given, not checked; words joined by blanks */
    record Hello(Verb verb, String name) implements Command {}

    /**
     * @param size       SIZE, 0 when not given
     * @param body       BODY
     * @param smtpUtf8   SMTPUTF8 was given
     * @param ret        RET
     * @param envelopeId ENVID, decoded; empty when not given
     * @param requireTls REQUIRETLS was given
     */
    record MailOptions(long size, Body body, boolean smtpUtf8, Ret ret, String envelopeId, boolean requireTls) {
        public static final MailOptions NONE = new MailOptions(0, Body.UNSPECIFIED, false, Ret.UNSPECIFIED, "");

        public MailOptions(long size, Body body, boolean smtpUtf8, Ret ret, String envelopeId) {
            this(size, body, smtpUtf8, ret, envelopeId, false);
        }
    }

    record Mail(Address from, MailOptions options) implements Command {
        @Override
        public Verb verb() {
            return Verb.MAIL;
        }
    }

    /** @param original ORCPT, decoded, with its type; empty when not given */
    record Rcpt(Address to, Notify dsnNotify, String original) implements Command {
        @Override
        public Verb verb() {
            return Verb.RCPT;
        }
    }

    /** @param size bytes that follow at once */
    record Bdat(long size, boolean last) implements Command {
        @Override
        public Verb verb() {
            return Verb.BDAT;
        }
    }

    /** @param text the argument as given */
    record Vrfy(String text, Address address) implements Command {
        @Override
        public Verb verb() {
            return Verb.VRFY;
        }
    }

    record Etrn(String domain) implements Command {
        @Override
        public Verb verb() {
            return Verb.ETRN;
        }
    }

    /** XCLIENT and XFORWARD: attribute=value words, not decoded. */
    record Attributes(Verb verb, List<String> words) implements Command {}

    /** DATA, RSET, NOOP, QUIT, STARTTLS, HELP: nothing but the word itself; AUTH, which nobody serves yet. */
    record Simple(Verb verb) implements Command {}

    /** A known command in a form that cannot be served; the reply is the one to give where the command could come at all. */
    record Malformed(Verb verb, Reply reply) implements Command {}
}
