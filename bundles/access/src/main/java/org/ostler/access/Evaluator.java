// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.util.List;
import java.util.Locale;
import org.ostler.mail.access.spi.AccessRule;
import org.ostler.mail.access.spi.RuleResult;
import org.ostler.mail.access.spi.RuleResult.Act;
import org.ostler.mail.access.spi.RuleResult.DeferIfPermit;
import org.ostler.mail.access.spi.RuleResult.DeferIfReject;
import org.ostler.mail.access.spi.RuleResult.Dunno;
import org.ostler.mail.access.spi.RuleResult.Expand;
import org.ostler.mail.access.spi.RuleResult.Permit;
import org.ostler.mail.access.spi.RuleResult.Reject;
import org.ostler.mail.access.spi.RuleResult.Unavailable;
import org.ostler.mail.config.Lists;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.model.Reply;

/**
 * Walks over one restriction list: the first word that decides ends it.
 *
 * <h2>Description</h2>
 * Words are, in this order: the pseudo words {@code warn_if_reject permit reject defer defer_if_permit defer_if_reject}, a bare {@code type:table} (short for the list's own
 * check word), the built-in {@link Words}, rules that came as services, restriction classes. Any other word is a configuration error: 451, whatever follows.
 *
 * <p>One evaluator serves one evaluation of one list. <b>Threads</b> the session's.
 */
final class Evaluator {

    /** Restriction classes and table results inside each other deeper than this are taken for a loop. */
    private static final int MAX_DEPTH = 100;

    private final Session session;
    private final String list;
    private final Subject subject;
    private final String tableWord;

    /** @param tableWord what a bare type:table means in this list; empty where it means nothing */
    Evaluator(Session session, String list, Subject subject, String tableWord) {
        this.session = session;
        this.list = list;
        this.subject = subject;
        this.tableWord = tableWord;
    }

    /** @return Permit, Dunno or Reject */
    RuleResult run(List<String> words) {
        return run(words, 0, false);
    }

    private RuleResult run(List<String> words, int depth, boolean warn) {
        if (depth > MAX_DEPTH) {
            session.policy().log.warning("restriction nesting too deep in " + list);
            return new Reject(Replies.SERVER_ERROR);
        }
        for (int i = 0; i < words.size() && !session.isDiscarding(); i++) {
            boolean warnOnly = warn;
            if (words.get(i).equalsIgnoreCase("warn_if_reject")) {
                if (++i == words.size()) {
                    break;
                }
                warnOnly = true;
            }
            String word = words.get(i).toLowerCase(Locale.ROOT);
            boolean bareTable = word.indexOf(':') > 0;
            if (bareTable && tableWord.isEmpty()) {
                session.policy().log.warning("specify one of (check_client_access, check_reverse_client_hostname_access, check_helo_access, check_sender_access, "
                        + "check_recipient_access, check_etrn_access) before " + subject.text().substring(subject.name().length() + 4) + " restriction \"" + words.get(i) + "\"");
                return new Reject(Replies.SERVER_ERROR);
            }
            String name = bareTable ? tableWord : word;
            int first = bareTable ? i : i + 1;
            int count = argumentsOf(name);
            if (first + count > words.size()) {
                session.policy().log.warning("restriction " + name + ": bad argument \"" + words.getLast() + "\": need maptype:mapname");
                return new Reject(Replies.SERVER_ERROR);
            }
            warnIgnored(word, words, i);
            var at = new Evaluation(session, list, subject, words.subList(first, first + count), warnOnly);
            RuleResult result = settle(check(name, words.get(i), at), at, depth);
            if (!(result instanceof Dunno)) {
                return result;
            }
            i = bareTable ? i : i + count;
        }
        return RuleResult.DUNNO;
    }

    private int argumentsOf(String name) {
        if (Words.find(name) != null) {
            return Words.takesTable(name) ? 1 : 0;
        }
        Leased<AccessRule> rule = session.policy().rules.get(name);
        // While the rule is away its check will answer "unavailable"; what matters here is where the next word begins.
        if (rule == null || !rule.isBound()) {
            return session.policy().argumentCounts.getOrDefault(name, 0);
        }
        try {
            int count = rule.call(AccessRule::arguments);
            session.policy().argumentCounts.put(name, count);
            return count;
        } catch (UnavailableException e) {
            return session.policy().argumentCounts.getOrDefault(name, 0);
        }
    }

    private RuleResult check(String name, String written, Evaluation at) {
        switch (name) {
            case "permit":
                return RuleResult.PERMIT;
            case "reject":
                return new Reject(Replies.of(at.settings().get(AccessParameters.REJECT_CODE), "5.7.1", subject.rejected("Access denied")));
            case "defer":
                return new Reject(Replies.of(at.settings().get(AccessParameters.DEFER_CODE), "4.3.2", subject.rejected("Try again later")));
            case "defer_if_permit":
                return new DeferIfPermit(Reply.of(450, "4.7.0", subject.rejected("defer_if_permit requested")));
            case "defer_if_reject":
                return new DeferIfReject(Reply.of(450, "4.7.0", subject.rejected("defer_if_reject requested")));
            default:
                break;
        }
        Word word = Words.find(name);
        if (word != null) {
            return word.check(at);
        }
        Leased<AccessRule> rule = session.policy().rules.get(name);
        if (rule != null) {
            try {
                return rule.call(service -> service.check(at));
            } catch (UnavailableException e) {
                return new Unavailable(name + ": " + e.getMessage());
            }
        }
        if (session.policy().classes.contains(written)) {
            return new Expand(at.settings().text(written));
        }
        session.policy().log.warning("unknown smtpd restriction: \"" + written + "\"");
        return null;
    }

    /** Turns what a word says into what happens: Dunno goes on to the next word, Permit and Reject end the list. */
    private RuleResult settle(RuleResult result, Evaluation at, int depth) {
        return switch (result) {
            case null -> new Reject(Replies.SERVER_ERROR);
            case Dunno d -> d;
            case Permit p -> p;
            case Reject(Reply reply) -> refuse(reply, at);
            case DeferIfPermit(Reply reply) -> {
                if (at.warnOnly()) {
                    yield refuse(reply, at);
                }
                session.deferIfPermit(reply);
                yield RuleResult.DUNNO;
            }
            case DeferIfReject(Reply reply) -> {
                if (at.warnOnly()) {
                    yield refuse(reply, at);
                }
                session.deferIfReject(reply);
                yield RuleResult.DUNNO;
            }
            case Act act -> session.act(act, subject);
            case Expand(String restrictions) -> run(Lists.split(restrictions), depth + 1, at.warnOnly());
            case Unavailable(String reason) -> {
                session.policy().log.warning(reason);
                yield new Reject(Replies.lookupFailure(subject.name()));
            }
        };
    }

    private RuleResult refuse(Reply reply, Evaluation at) {
        // What comes from a table that is down is no verdict, and no warning either: the list ends here with 451.
        if (at.warnOnly() && !isTrouble(reply)) {
            session.logWhatsUp("reject_warning", reply.toString());
            return RuleResult.DUNNO;
        }
        return new Reject(session.orDeferIfReject(reply));
    }

    private static boolean isTrouble(Reply reply) {
        return reply.code() == 451 && reply.text().endsWith("Server configuration error");
    }

    private void warnIgnored(String word, List<String> words, int at) {
        boolean ends = word.equals("permit") || word.equals("reject") || word.equals("defer");
        if (ends && at + 1 < words.size()) {
            session.policy().log.warning("restriction `" + words.get(at + 1) + "' after `" + word + "' is ignored");
        }
    }
}
