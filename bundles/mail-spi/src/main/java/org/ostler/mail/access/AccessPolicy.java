// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.access;

import org.osgi.annotation.versioning.ProviderType;
import org.ostler.mail.config.Settings;

/** Opens sessions. The service of {@code access}. <b>Threads</b> any. <b>Blocking</b> no. */
@ProviderType
public interface AccessPolicy {

    /** @param settings of the master.cf row that took the connection */
    AccessSession open(ClientInfo client, Settings settings);
}
