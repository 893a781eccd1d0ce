// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ostler.access.Subject.Kind;
import org.ostler.mail.access.spi.RuleResult;
import org.ostler.mail.access.spi.RuleResult.Reject;
import org.ostler.mail.access.spi.RuleResult.Unavailable;
import org.ostler.mail.config.Lists;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.Answer;

/**
 * Words about encryption and the certificate that the client showed. What they know are attributes of the session: {@code encryption_protocol}, {@code ccert_fingerprint} and so on.
 *
 * <p>A fingerprint that a table knows counts whoever signed the certificate: the client has proved that it owns the key. Stateless; any thread.
 */
final class CertificateWords {

    private static final String CERTIFICATE = "ccert_fingerprint";
    private static final String KEY = "ccert_pubkey_fingerprint";
    /** The words of {@code search_order}. */
    private static final Map<String, String> ATTRIBUTES = Map.of("cert_fingerprint", CERTIFICATE, "pubkey_fingerprint", KEY);
    private static final List<String> USUAL_ORDER = List.of("cert_fingerprint", "pubkey_fingerprint");
    private static final String SEARCH_ORDER = "search_order";

    private CertificateWords() {}

    static void register(Map<String, Word> all) {
        all.put("permit_tls_clientcerts", CertificateWords::known);
        all.put("permit_tls_all_clientcerts", at -> switch (at.attribute("ccert_trusted")) {
            case "yes" -> RuleResult.PERMIT;
            case "unknown" -> new Unavailable("the client's certificate could not be judged");
            default -> notAsked(at, "permit_tls_all_clientcerts");
        });
        all.put("check_ccert_access", CertificateWords::access);
        all.put("reject_plaintext_session", at -> !at.attribute("encryption_protocol").isEmpty() ? RuleResult.DUNNO
                : new Reject(Replies.of(at.settings().get(AccessParameters.PLAINTEXT_CODE), "4.7.1", "Session encryption is required")));
    }

    private static boolean isShown(Evaluation at) {
        return !at.attribute(CERTIFICATE).isEmpty();
    }

    /** Nothing; a list that waits for certificates nobody is asked for is a mistake that the log should show. */
    private static RuleResult notAsked(Evaluation at, String word) {
        boolean encrypted = !at.attribute("encryption_protocol").isEmpty();
        if (encrypted && !isShown(at) && !at.settings().isYes("smtpd_tls_ask_ccert")) {
            at.policy().log.warning(word + " is requested, but \"smtpd_tls_ask_ccert = no\"");
        }
        return RuleResult.DUNNO;
    }

    private static RuleResult known(Evaluation at) {
        if (!isShown(at)) {
            return notAsked(at, "permit_tls_clientcerts");
        }
        return switch (at.policy().relayCertificates.findFirst(List.of(at.attribute(CERTIFICATE), at.attribute(KEY)))) {
            case Answer.Found _ -> RuleResult.PERMIT;
            case Answer.NotFound _ -> RuleResult.DUNNO;
            case Answer.Unavailable(String reason) -> new Unavailable(reason);
        };
    }

    /** The argument of check_ccert_access. @param order what to look for: words of {@code search_order} */
    private record Search(String table, List<String> order) {}

    private static RuleResult access(Evaluation at) {
        Search search;
        try {
            search = search(at.arguments().getFirst());
        } catch (IllegalArgumentException e) {
            at.policy().log.warning(e.getMessage());
            return new Reject(Replies.SERVER_ERROR);
        }
        if (!isShown(at)) {
            return notAsked(at, "check_ccert_access");
        }
        if (search.order.size() > 1) {
            // One search after the other, each with all that a table may say: a warning, a DEFER_IF_PERMIT, other restrictions end none of them.
            return new RuleResult.Expand(search.order.stream().map(word -> "check_ccert_access { " + search.table + " { " + SEARCH_ORDER + " = " + word + " } }").collect(Collectors.joining(" ")));
        }
        var subject = new Subject(MailLog.printable(at.attribute("ccert_name")), Kind.CERTIFICATE);
        return search.order.isEmpty() ? RuleResult.DUNNO : MapWords.answered(at, at.policy().table(search.table).find(at.attribute(ATTRIBUTES.get(search.order.getFirst()))), subject);
    }

    /** What is wrong with an argument of check_ccert_access; empty where nothing is. */
    static Optional<String> wrong(String argument) {
        try {
            search(argument);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(e.getMessage());
        }
    }

    /** {@code type:table}, or <code>{ type:table, { search_order = cert_fingerprint, pubkey_fingerprint } }</code>. */
    private static Search search(String argument) {
        List<String> parts = argument.startsWith("{") ? Lists.split(Lists.unbrace(argument)) : List.of(argument);
        if (parts.isEmpty() || parts.getFirst().indexOf(':') <= 0) {
            throw new IllegalArgumentException("restriction check_ccert_access: bad argument \"" + argument + "\": need maptype:mapname");
        }
        List<String> order = USUAL_ORDER;
        for (String part : parts.subList(1, parts.size())) {
            order = order(part, argument);
        }
        return new Search(parts.getFirst(), order);
    }

    private static List<String> order(String part, String argument) {
        String text = Lists.unbrace(part);
        int equals = text.indexOf('=');
        if (!part.startsWith("{") || equals < 0 || !text.substring(0, equals).strip().equalsIgnoreCase(SEARCH_ORDER)) {
            throw new IllegalArgumentException("unknown map attribute in '" + argument + "': '" + text.substring(0, Math.max(0, equals)).strip() + "'");
        }
        var order = new ArrayList<String>();
        for (String word : Lists.split(text.substring(equals + 1))) {
            String known = word.toLowerCase(Locale.ROOT);
            if (!ATTRIBUTES.containsKey(known)) {
                throw new IllegalArgumentException("unknown search type '" + word + "' in '" + argument + "'");
            }
            order.add(known);
        }
        return order;
    }
}
