// SPDX-License-Identifier: Apache-2.0
package org.ostler.trivial.rewrite;

import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.AddressKeys;
import org.ostler.mail.model.Address;
import org.ostler.mail.routing.Router.Context;

/**
 * Completes addresses to standard form: trivial-rewrite(8), "rewrite".
 *
 * <pre>
 *   site!user         user@site          swap_bangpath
 *   user%domain       user@domain        allow_percent_hack
 *   user              user@myorigin      append_at_myorigin
 *   user@host         user@host.mydomain append_dot_mydomain
 *   user@domain.      user@domain
 * </pre>
 * A local part that needs quotes is left alone: its {@code !} and {@code %} were quoted. Pure function; immutable, any thread.
 */
final class Completion {

    private final boolean swapBangPath;
    private final boolean percentHack;
    private final boolean appendOrigin;
    private final boolean appendDomain;
    private final String origin;
    private final String domain;
    private final String remoteDomain;

    Completion(Settings settings) {
        this.swapBangPath = settings.get(TrivialRewriteParameters.SWAP_BANGPATH);
        this.percentHack = settings.get(TrivialRewriteParameters.ALLOW_PERCENT_HACK);
        this.appendOrigin = settings.get(TrivialRewriteParameters.APPEND_AT_MYORIGIN);
        this.appendDomain = settings.get(TrivialRewriteParameters.APPEND_DOT_MYDOMAIN);
        this.origin = settings.text("myorigin");
        this.domain = settings.text("mydomain");
        this.remoteDomain = settings.get(TrivialRewriteParameters.REMOTE_HEADER_REWRITE_DOMAIN);
    }

    /** In the words of a remote client nothing is appended unless remote_header_rewrite_domain says what. */
    Address rewrite(Address address, Context context) {
        if (address.isNull()) {
            return address;
        }
        boolean remote = context == Context.REMOTE;
        boolean origins = remote ? !remoteDomain.isEmpty() : appendOrigin;
        boolean domains = remote ? !remoteDomain.isEmpty() : appendDomain;
        Address split = address.hasDomain() || isQuoted(address.localPart()) ? address : unroute(address.localPart());
        String to = split.domain();
        if (to.isEmpty() && origins) {
            to = remote ? remoteDomain : origin;
        }
        if (domains && !to.isEmpty() && to.charAt(0) != '[' && to.indexOf('.') < 0) {
            to = to + "." + (remote ? remoteDomain : domain);
        }
        String full = withoutFinalDot(to);
        return full.equals(address.domain()) && split == address ? address : new Address(split.localPart(), full);
    }

    /** Takes routing out of a bare local part; gives it back as it was where there is none. */
    Address unroute(String localPart) {
        int bang = swapBangPath ? localPart.indexOf('!') : -1;
        if (bang > 0) {
            return new Address(localPart.substring(bang + 1), localPart.substring(0, bang));
        }
        int percent = percentHack ? localPart.lastIndexOf('%') : -1;
        return percent >= 0 ? new Address(localPart.substring(0, percent), localPart.substring(percent + 1)) : new Address(localPart, "");
    }

    static boolean isQuoted(String localPart) {
        return AddressKeys.quote(localPart) != localPart;
    }

    /** One final dot; not the second of two, which is a broken name that nobody should mend. */
    static String withoutFinalDot(String domain) {
        int end = domain.length() - 1;
        return end > 0 && domain.charAt(end) == '.' && domain.charAt(end - 1) != '.' ? domain.substring(0, end) : domain;
    }
}
