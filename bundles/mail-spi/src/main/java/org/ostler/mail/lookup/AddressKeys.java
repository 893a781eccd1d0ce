// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import java.util.Locale;
import java.util.function.Function;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;

/**
 * Looks a mail address up with the partial keys that each kind of table knows.
 *
 * <h2>Description</h2>
 * <pre>
 *   canonical(5) virtual(5) generic(5) relocated(5), recipient tables:  {@link #find}
 *        user+ext@domain  user@domain  user+ext (1)  user (1)  @domain
 *   access(5):                                                          {@link #access}
 *        user+ext@domain  user@domain  domain  parent domains (2)  user+ext@  user@
 *   transport(5):                                                       {@link #transport}
 *        user+ext@domain  user@domain  domain  parent domains (2)  *
 * </pre>
 * (1) only where the domain is myorigin or a local one. (2) {@code example.org}, or {@code .example.org} where parent_domain_matches_subdomains does not name the
 * table's parameter. Tables of patterns see the first key only. Local parts that need quotes are tried in their quoted form first, then as they are.
 *
 * <p><b>Threads</b> any; immutable. <b>Blocking</b> table lookups. <b>Errors</b> {@link Answer.Unavailable} ends a search at once. <b>Nulls</b> none.
 */
public final class AddressKeys {

    /**
     * What a search found.
     *
     * @param answer    of the key that decided
     * @param extension {@code +ext} where the key that matched was without it, for propagate_unmatched_extensions; else empty
     */
    public record Hit(Answer answer, String extension) {}

    private final String delimiters;
    private final boolean ownerSpecial;
    private final String doubleBounce;
    private final String origin;
    private final Function<String, Answer> local;

    /** @param local whether mail for a domain is delivered here (mydestination, own address literals); {@code LocalDomains::match} */
    public AddressKeys(Settings settings, Function<String, Answer> local) {
        this.delimiters = settings.text("recipient_delimiter");
        this.ownerSpecial = !settings.text("owner_request_special").equalsIgnoreCase("no");
        this.doubleBounce = settings.text("double_bounce_sender");
        this.origin = settings.text("myorigin");
        this.local = local;
    }

    /** Canonical, virtual, generic, relocated and recipient tables. */
    public Hit find(TableList table, Address address) {
        if (table.isEmpty()) {
            return new Hit(Answer.NOT_FOUND, "");
        }
        String full = fold(address.localPart());
        String domain = fold(address.domain());
        String at = domain.isEmpty() ? "" : "@" + domain;
        int split = extensionAt(full);
        String bare = split < 0 ? "" : full.substring(0, split);
        String extension = split < 0 ? "" : address.localPart().substring(split);

        Answer answer = ask(table, full, at, true);
        if (split >= 0 && answer instanceof Answer.NotFound) {
            answer = ask(table, bare, at, false);
            if (answer instanceof Answer.Found) {
                return new Hit(answer, extension);
            }
        }
        if (at.isEmpty() || !(answer instanceof Answer.NotFound)) {
            return new Hit(answer, "");
        }
        Answer here = domain.equalsIgnoreCase(origin) ? Answer.found(domain) : local.apply(domain);
        if (here instanceof Answer.Unavailable) {
            return new Hit(here, "");
        }
        if (here instanceof Answer.Found) {
            answer = ask(table, full, "", false);
            if (split >= 0 && answer instanceof Answer.NotFound) {
                answer = ask(table, bare, "", false);
                if (answer instanceof Answer.Found) {
                    return new Hit(answer, extension);
                }
            }
        }
        return new Hit(answer instanceof Answer.NotFound ? table.findExact(at) : answer, "");
    }

    /** Tables of check_sender_access and check_recipient_access. @param parents smtpd_access_maps is in parent_domain_matches_subdomains */
    public Answer access(TableList table, Address address, boolean parents) {
        String full = fold(address.localPart());
        String domain = fold(address.domain());
        String at = domain.isEmpty() ? "" : "@" + domain;
        int split = extensionAt(full);
        String bare = split < 0 ? "" : full.substring(0, split);

        Answer answer = ask(table, full, at, true);
        if (split >= 0 && answer instanceof Answer.NotFound) {
            answer = ask(table, bare, at, false);
        }
        if (answer instanceof Answer.NotFound && !domain.isEmpty()) {
            answer = domain(table, domain, parents);
        }
        if (answer instanceof Answer.NotFound) {
            answer = ask(table, full, "@", false);
        }
        if (split >= 0 && answer instanceof Answer.NotFound) {
            answer = ask(table, bare, "@", false);
        }
        return answer;
    }

    /** transport(5). @param parents transport_maps is in parent_domain_matches_subdomains */
    public Answer transport(TableList table, Address address, boolean parents) {
        if (table.isEmpty()) {
            return Answer.NOT_FOUND;
        }
        String full = fold(address.localPart());
        String domain = fold(address.domain());
        String at = domain.isEmpty() ? "" : "@" + domain;
        int split = extensionAt(full);

        Answer answer = ask(table, full, at, true);
        if (split >= 0 && answer instanceof Answer.NotFound) {
            answer = ask(table, full.substring(0, split), at, false);
        }
        if (answer instanceof Answer.NotFound && !domain.isEmpty()) {
            answer = domain(table, domain, parents);
        }
        return answer instanceof Answer.NotFound ? table.findExact("*") : answer;
    }

    private static Answer domain(TableList table, String domain, boolean parents) {
        Answer answer = table.findExact(domain);
        for (int dot = domain.indexOf('.', 1); answer instanceof Answer.NotFound && dot > 0; dot = domain.indexOf('.', dot + 1)) {
            answer = table.findExact(domain.substring(parents ? dot + 1 : dot));
        }
        return answer;
    }

    /** One key, in quoted form first where quoting makes a difference. */
    private static Answer ask(TableList table, String localPart, String tail, boolean whole) {
        if (localPart.isEmpty()) {
            return Answer.NOT_FOUND;
        }
        String quoted = quote(localPart);
        Answer answer = one(table, quoted + tail, whole);
        return answer instanceof Answer.NotFound && quoted != localPart ? one(table, localPart + tail, whole) : answer;
    }

    private static Answer one(TableList table, String key, boolean whole) {
        return whole ? table.find(key) : table.findExact(key);
    }

    /** Text before the extension, or the whole local part. */
    public String withoutExtension(String localPart) {
        int at = extensionAt(localPart);
        return at < 0 ? localPart : localPart.substring(0, at);
    }

    /** The extension with its delimiter; empty where there is none. */
    public String extension(String localPart) {
        int at = extensionAt(localPart);
        return at < 0 ? "" : localPart.substring(at);
    }

    /** Where the extension begins, its delimiter included; -1 where there is none. Some names are never split. */
    private int extensionAt(String localPart) {
        if (delimiters.isEmpty()) {
            return -1;
        }
        int at = -1;
        for (int i = 0; i < localPart.length(); i++) {
            if (delimiters.indexOf(localPart.charAt(i)) >= 0) {
                at = i;
                break;
            }
        }
        return at <= 0 || isUnsplittable(localPart) ? -1 : at;
    }

    private boolean isUnsplittable(String localPart) {
        if (localPart.equalsIgnoreCase("postmaster") || localPart.equalsIgnoreCase("mailer-daemon") || localPart.equalsIgnoreCase(doubleBounce)) {
            return true;
        }
        // With "-" as delimiter the two halves of a mailing list's service addresses must stay together.
        boolean dash = ownerSpecial && delimiters.indexOf('-') >= 0;
        return dash && (localPart.regionMatches(true, 0, "owner-", 0, 6)
                || localPart.length() > 8 && localPart.regionMatches(true, localPart.length() - 8, "-request", 0, 8));
    }

    private static String fold(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** The local part as it stands on the wire (RFC 5321 section 4.1.2); the same object where no quotes are needed. */
    public static String quote(String localPart) {
        return isDotString(localPart) ? localPart : quoted(localPart);
    }

    private static String quoted(String localPart) {
        var out = new StringBuilder(localPart.length() + 4).append('"');
        for (int i = 0; i < localPart.length(); i++) {
            char c = localPart.charAt(i);
            if (c == '"' || c == '\\' || c == '\r' || c == '\n') {
                out.append('\\');
            }
            out.append(c);
        }
        return out.append('"').toString();
    }

    private static boolean isDotString(String text) {
        boolean dot = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '.') {
                if (dot) {
                    return false;
                }
                dot = true;
            } else if (c <= ' ' || c == 0x7f || "()<>@,;:\\\"[]".indexOf(c) >= 0) {
                return false;
            } else {
                dot = false;
            }
        }
        return !dot;
    }
}
