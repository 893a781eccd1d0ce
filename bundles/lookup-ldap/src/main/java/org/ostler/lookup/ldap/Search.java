// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import com.unboundid.ldap.sdk.Attribute;
import com.unboundid.ldap.sdk.DN;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.LDAPURL;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.SearchRequest;
import com.unboundid.ldap.sdk.SearchResultEntry;
import com.unboundid.ldap.sdk.SearchResultListener;
import com.unboundid.ldap.sdk.SearchResultReference;
import com.unboundid.ldap.sdk.SearchScope;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.ResultValues;

/**
 * One lookup on one connection: the search, the values in what it finds, and the searches for the names among them, to any depth up to the limit.
 *
 * <p>The entries of one search are fetched whole before their values are looked at, since a connection answers one question at a time. <b>Threads</b> one.
 */
final class Search {

    /** Bytes of values in the entries of one search. */
    private static final int MAX_BYTES = 64 << 20;
    private static final String FOUND = "dict_ldap_get_values";
    private static final Filter EVERY_ENTRY = Filter.createPresenceFilter("objectclass");

    private final Plan plan;
    private final Link link;
    private final ResultValues values;
    /** How deep it was when there were too many values, or too long ones; 0 while there are not. Nothing more is fetched then. */
    private int exceeded;

    Search(Plan plan, Link link, String key) {
        this.plan = plan;
        this.link = link;
        this.values = plan.queries().format().values(key);
    }

    Answer run(String base, Filter filter) throws Trouble {
        List<SearchResultEntry> entries;
        try {
            entries = search(base, plan.scope(), filter, plan.wanted().names());
        } catch (LDAPException e) {
            if (e.getResultCode() == ResultCode.NO_SUCH_OBJECT && plan.dynamicBase()) {
                return Answer.NOT_FOUND;
            }
            throw new Trouble(e.getResultCode() == ResultCode.NO_SUCH_OBJECT
                    ? "dict_ldap_lookup: " + plan.spec().name() + ": Search base '" + base + "' not found: " + Trouble.number(e) + ": " + Trouble.text(e)
                    : "dict_ldap_lookup: Search error " + Trouble.number(e) + ": " + Trouble.text(e), Trouble.kind(e));
        }
        expand(entries, 1);
        Answer answer = values.answer();
        return answer instanceof Answer.Unavailable(String reason) ? Answer.unavailable(FOUND + "[" + exceeded + "]: " + reason) : answer;
    }

    private void expand(List<SearchResultEntry> entries, int depth) throws Trouble {
        if (plan.limits().entries() > 0 && entries.size() > plan.limits().entries()) {
            throw trouble(depth, plan.spec().name() + ": Query size limit (" + plan.limits().entries() + ") exceeded");
        }
        for (int i = 0; i < entries.size() && exceeded == 0; i++) {
            expand(entries.get(i), depth);
        }
    }

    private void expand(SearchResultEntry entry, int depth) throws Trouble {
        Plan.Wanted wanted = plan.wanted();
        boolean terminal = hasAny(entry, wanted.terminalNames());
        boolean leaf = terminal || !hasAny(entry, wanted.specialNames());
        for (Attribute attribute : entry.getAttributes()) {
            if (attribute.size() == 0) {
                continue;
            }
            if (exceeded > 0) {
                return;
            }
            int at = wanted.indexOf(attribute.getName());
            if (terminal ? at < wanted.terminal() : at < wanted.plainEnd() && (leaf || at >= wanted.leafEnd())) {
                for (byte[] value : attribute.getValueByteArrays()) {
                    if (!values.add(text(value, attribute, entry, depth))) {
                        exceeded = depth;
                        return;
                    }
                }
            } else if (!terminal && at >= wanted.plainEnd() && at < wanted.names().size()) {
                follow(attribute, entry, depth);
            }
        }
    }

    private static boolean hasAny(SearchResultEntry entry, List<String> names) {
        return names.stream().map(entry::getAttribute).anyMatch(attribute -> attribute != null && attribute.size() > 0);
    }

    private void follow(Attribute attribute, SearchResultEntry entry, int depth) throws Trouble {
        for (byte[] value : attribute.getValueByteArrays()) {
            if (exceeded > 0) {
                return;
            }
            String name = text(value, attribute, entry, depth);
            if (depth >= plan.limits().recursion()) {
                throw trouble(depth, plan.spec().name() + ": Recursion limit exceeded for special attribute " + attribute.getName() + "=" + name);
            }
            List<SearchResultEntry> entries;
            try {
                entries = isUrl(name) ? searchUrl(name, depth) : search(name, SearchScope.BASE, EVERY_ENTRY, plan.wanted().names());
            } catch (LDAPException e) {
                if (e.getResultCode() == ResultCode.NO_SUCH_OBJECT) {
                    // As if it were there and had nothing: groups outlive their members.
                    plan.spec().warnings().accept(FOUND + "[" + depth + "]: DN " + name + " not found, skipping");
                    continue;
                }
                throw new Trouble(FOUND + "[" + depth + "]: search error " + Trouble.number(e) + ": " + Trouble.text(e), Trouble.kind(e));
            }
            expand(entries, depth + 1);
        }
    }

    private static boolean isUrl(String text) {
        String start = text.substring(0, Math.min(8, text.length())).toLowerCase(Locale.ROOT);
        return start.startsWith("ldap://") || start.startsWith("ldaps://") || start.startsWith("ldapi://");
    }

    /** RFC 4516. The host in it is passed over, as in Postfix: the search stays on this connection. */
    private List<SearchResultEntry> searchUrl(String text, int depth) throws LDAPException, Trouble {
        String[] parts = text.split("\\?", -1);
        String filter = "";
        LDAPURL url;
        try {
            if (parts.length > 3) {
                // The library would read it in its own way.
                filter = LDAPURL.percentDecode(parts[3]);
                parts[3] = "";
            }
            url = new LDAPURL(String.join("?", parts));
        } catch (LDAPException e) {
            throw trouble(depth, "malformed URL " + text + ": " + e.getMessage());
        }
        List<String> names = url.getAttributes().length == 0 ? plan.wanted().names() : common(List.of(url.getAttributes()));
        DN base = url.getBaseDN();
        return names.isEmpty() ? List.of() : search(base.toString(), url.getScope(), filter.isEmpty() ? EVERY_ENTRY : FilterSyntax.parse(filter), names);
    }

    /** What both the URL and the table want; where one of them has options, with these. */
    private List<String> common(List<String> ofUrl) {
        var out = new ArrayList<String>();
        for (String theirs : ofUrl) {
            for (String ours : plan.wanted().names()) {
                if (Plan.Wanted.isSameOrSubtype(theirs, ours)) {
                    out.add(ours);
                } else if (Plan.Wanted.isSameOrSubtype(ours, theirs)) {
                    out.add(theirs);
                }
            }
        }
        return out;
    }

    private List<SearchResultEntry> search(String base, SearchScope scope, Filter filter, List<String> names) throws LDAPException, Trouble {
        var found = new Found();
        // No names would mean all of them; "1.1" means none (RFC 4511 section 4.5.1.8).
        String[] wanted = names.isEmpty() ? new String[] {"1.1"} : names.toArray(String[]::new);
        var request = new SearchRequest(found, base, scope, plan.dereference(), plan.limits().entries(), (int) link.access().timeout().toSeconds(), false, filter, wanted);
        request.setFollowReferrals(plan.chase());
        request.setReferralConnector((url, connection) -> link.follow(url));
        long begin = System.nanoTime();
        try (Alarm alarm = link.alarm()) {
            try {
                link.ldap().search(request);
            } catch (LDAPException e) {
                if (found.isTooMuch()) {
                    throw found.tooMuch();
                }
                if (Link.isTooLong(e)) {
                    // Another connection would bring the same.
                    throw new Trouble("dict_ldap_lookup: " + plan.spec().name() + ": more than " + (Link.MAX_MESSAGE >> 20) + " MB in one entry", Trouble.Kind.ANSWERED);
                }
                boolean interrupted = Thread.currentThread().isInterrupted();
                if (alarm.rang() || interrupted && link.access().isFair(System.nanoTime() - begin, 1)) {
                    throw new LDAPException(ResultCode.TIMEOUT, "no answer in time", e);
                }
                throw interrupted ? new LDAPException(ResultCode.USER_CANCELED, "interrupted", e) : e;
            }
        } finally {
            debug(request, found);
        }
        found.check();
        return found.entries;
    }

    private void debug(SearchRequest request, Found found) {
        if (plan.debug()) {
            MailLog.of(plan.spec().settings().text("syslog_name") + "/proxymap").info("dict_ldap_debug: " + plan.spec().text() + ": " + link.server().text() + " base=\"" + request.getBaseDN() + "\" scope="
                    + request.getScope().getName() + " filter=\"" + request.getFilter() + "\" entries=" + found.entries.size());
        }
    }

    /** Takes what a search finds. */
    private final class Found implements SearchResultListener {

        private static final long serialVersionUID = 1L;

        private final transient List<SearchResultEntry> entries = new ArrayList<>();
        private long bytes;
        private boolean elsewhere;

        @Override
        public void searchEntryReturned(SearchResultEntry entry) {
            for (Attribute attribute : entry.getAttributes()) {
                for (byte[] value : attribute.getValueByteArrays()) {
                    bytes += value.length;
                }
            }
            bytes += 100;
            if (isTooMuch()) {
                entries.clear();
                link.cut();
            } else {
                entries.add(entry);
            }
        }

        /** Comes here where it is not to be followed, or could not be. */
        @Override
        public void searchReferenceReturned(SearchResultReference reference) {
            elsewhere = true;
        }

        /** Then the connection was cut, too; that is not a connection lost. */
        boolean isTooMuch() {
            return bytes > MAX_BYTES;
        }

        Trouble tooMuch() {
            return new Trouble("dict_ldap_lookup: " + plan.spec().name() + ": more than " + (MAX_BYTES >> 20) + " MB in the entries of one search", Trouble.Kind.ANSWERED);
        }

        void check() throws LDAPException, Trouble {
            if (isTooMuch()) {
                throw tooMuch();
            }
            if (elsewhere && plan.chase()) {
                // What is there, nobody knows: not "not found".
                throw new LDAPException(ResultCode.REFERRAL, "a referral could not be followed");
            }
        }
    }

    private String text(byte[] value, Attribute attribute, SearchResultEntry entry, int depth) throws Trouble {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
            if (text.indexOf('\0') < 0) {
                return text;
            }
        } catch (CharacterCodingException e) {
            throw trouble(depth, "non-UTF-8 value of attribute " + attribute.getName() + " in " + entry.getDN());
        }
        throw trouble(depth, "NUL in value of attribute " + attribute.getName() + " in " + entry.getDN());
    }

    private static Trouble trouble(int depth, String what) {
        return new Trouble(FOUND + "[" + depth + "]: " + what, Trouble.Kind.ANSWERED);
    }
}
