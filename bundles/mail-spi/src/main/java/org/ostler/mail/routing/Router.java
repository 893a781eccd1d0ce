// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.routing;

import org.osgi.annotation.versioning.ProviderType;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;

/**
 * Completes and resolves addresses. The service of {@code trivial-rewrite}.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> table lookups, within their deadline. <b>Errors</b> are values. <b>Nulls</b> none.
 */
@ProviderType
public interface Router {

    /** Whose words an address is in: of a local client (completed with myorigin and mydomain) or of a stranger (completed only where remote_header_rewrite_domain says so). */
    enum Context { LOCAL, REMOTE }

    /** The address in standard form: {@code user} to {@code user@myorigin}, {@code user%domain} and the like (trivial-rewrite(8) "rewrite"). Pure, no table. */
    Address rewrite(Address address, Context context, Settings settings);

    /** Transport, next hop and class of a recipient (trivial-rewrite(8) "resolve"). What a database or a directory has said to the same question may be up to 30 seconds old. */
    Resolution resolve(Address sender, Address recipient, Settings settings);

    /** The same with nothing remembered: for mail that an operator wants delivered now, perhaps because he has just changed where it goes. */
    default Resolution resolveAnew(Address sender, Address recipient, Settings settings) {
        return resolve(sender, recipient, settings);
    }
}
