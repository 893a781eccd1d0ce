// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ostler.mail.config.Lists;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.model.Reply;

/**
 * The answer to HELO and EHLO: who we are and what we can do.
 *
 * <p>What is not announced to a client is not served to it either, CHUNKING, DSN and SMTPUTF8 among them. {@code smtpd_discard_ehlo_keyword_address_maps} may hide extensions
 * from a client. Where such a table, or one of those who may use XCLIENT and XFORWARD, cannot answer, the session ends with 421, as in Postfix: what an operator hides must not show because a
 * server of tables is down, and a proxy that is refused for good loses mail.
 *
 * <h2>Standards</h2> RFC 5321 section 4.1.1.1, RFC 1869, RFC 8689 section 2
 */
final class Greeting {

    private final Profile profile;
    private final Peer peer;
    private Optional<Set<Ehlo>> discarded = Optional.empty();

    Greeting(Profile profile, Peer peer) {
        this.profile = profile;
        this.peer = peer;
    }

    /** Another client: the table is asked again. */
    void forget() {
        discarded = Optional.empty();
    }

    /** Extensions hidden from this client. */
    Set<Ehlo> discarded() {
        if (discarded.isEmpty()) {
            discarded = Optional.of(lookUp());
        }
        return discarded.get();
    }

    private Set<Ehlo> lookUp() {
        if (profile.discardMaps.isEmpty()) {
            return log(profile.discarded, profile.discardSilently);
        }
        return switch (profile.discardMaps.find(peer.client().addressText())) {
            case Answer.Found found -> {
                List<String> words = Lists.split(found.value());
                yield log(Profile.keywords(words), Profile.isSilent(words));
            }
            case Answer.NotFound _ -> log(profile.discarded, profile.discardSilently);
            case Answer.Unavailable unavailable -> throw new TableDown("smtpd_discard_ehlo_keyword_address_maps", unavailable.reason());
        };
    }

    private Set<Ehlo> log(Set<Ehlo> hidden, boolean silently) {
        if (!hidden.isEmpty() && !silently) {
            var words = new StringBuilder();
            hidden.forEach(each -> words.append(' ').append(each.keyword()));
            profile.log.info("discarding EHLO keywords:" + words);
        }
        return hidden;
    }

    Reply helo() {
        return Reply.of(250, profile.myhostname);
    }

    Reply ehlo() {
        var lines = new ArrayList<String>();
        lines.add(profile.myhostname);
        for (Ehlo each : Ehlo.values()) {
            if (isOffered(each) && !discarded().contains(each)) {
                lines.add(text(each));
            }
        }
        return new Reply(250, Optional.empty(), lines);
    }

    private boolean isOffered(Ehlo extension) {
        return switch (extension) {
            case PIPELINING, SIZE, ETRN, ENHANCEDSTATUSCODES, EIGHTBITMIME, DSN, CHUNKING -> true;
            case VRFY -> !profile.vrfyDisabled;
            case SMTPUTF8 -> profile.smtpUtf8;
            case STARTTLS -> profile.tls != Profile.TlsLevel.NONE && peer.tls().isEmpty();
            // Never in the clear: whoever can strip TLS could strip this as well (RFC 8689 section 2).
            case REQUIRETLS -> profile.requireTls && peer.tls().isPresent();
            case XCLIENT -> mayXclient();
            case XFORWARD -> mayXforward();
            // Authentication comes with a later issue.
            case AUTH -> false;
        };
    }

    private String text(Ehlo extension) {
        return switch (extension) {
            case SIZE -> profile.messageSize > 0 ? "SIZE " + profile.messageSize : "SIZE";
            case XCLIENT -> "XCLIENT NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR DESTPORT";
            case XFORWARD -> "XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT";
            default -> extension.keyword();
        };
    }

    boolean mayXclient() {
        return isListed(profile.xclientHosts.match(peer.client().name(), peer.client().address()), "smtpd_authorized_xclient_hosts");
    }

    boolean mayXforward() {
        return isListed(profile.xforwardHosts.match(peer.client().name(), peer.client().address()), "smtpd_authorized_xforward_hosts");
    }

    private static boolean isListed(Answer answer, String parameter) {
        if (answer instanceof Answer.Unavailable unavailable) {
            throw new TableDown(parameter, unavailable.reason());
        }
        return answer instanceof Answer.Found;
    }
}
