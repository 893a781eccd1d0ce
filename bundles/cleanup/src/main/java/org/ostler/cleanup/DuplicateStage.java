// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.propertytypes.ServiceRanking;
import org.ostler.mail.cleanup.spi.CleanupEdit;
import org.ostler.mail.cleanup.spi.CleanupStage;
import org.ostler.mail.model.Recipient;

/** Drops recipients that are there already: same address and, with enable_original_recipient, given under the same name with the same DSN wishes; without it, whatever they were given as. <b>Threads</b> any. <b>Blocking</b> no. */
@Component(service = CleanupStage.class)
@ServiceRanking(100)
public final class DuplicateStage implements CleanupStage {

    @Override
    public void envelope(CleanupEdit edit) {
        List<Recipient> recipients = edit.recipients();
        if (recipients.size() < 2) {
            return;
        }
        boolean original = edit.settings().get(CleanupParameters.ENABLE_ORIGINAL_RECIPIENT);
        int limit = edit.settings().get(CleanupParameters.DUPLICATE_FILTER_LIMIT);
        var seen = new HashSet<String>();
        var kept = new ArrayList<Recipient>(recipients.size());
        for (Recipient recipient : recipients) {
            String key = recipient.address().folded() + (original ? "\n" + recipient.dsnNotify() + "\n" + recipient.dsnOriginal().toLowerCase(Locale.ROOT) + "\n" + recipient.original().folded() : "");
            boolean known = seen.contains(key);
            if (!known) {
                kept.add(recipient);
                if (limit == 0 || seen.size() < limit) {
                    seen.add(key);
                }
            }
        }
        edit.recipients(kept);
    }
}
