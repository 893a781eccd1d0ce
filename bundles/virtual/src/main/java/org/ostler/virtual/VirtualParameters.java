// SPDX-License-Identifier: Apache-2.0
package org.ostler.virtual;

import java.time.Duration;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.lookup.ProtectedMaps;
import org.ostler.mail.lookup.Protection;

/** Parameters of the virtual transport. */
@Component(service = ParameterSet.class)
public final class VirtualParameters extends ParameterSet {

    public static final Parameter<String> VIRTUAL_MAILBOX_BASE = text("virtual_mailbox_base", "", """
        Directory put before every result of virtual_mailbox_maps.""");
    public static final Parameter<String> VIRTUAL_MAILBOX_MAPS = text("virtual_mailbox_maps", "", """
        Tables from a recipient to a mailbox below virtual_mailbox_base; a name that ends in / is a Maildir, another an mbox file.""");
    static final ProtectedMaps MAILBOXES = sensitive(VIRTUAL_MAILBOX_MAPS);
    public static final Parameter<String> VIRTUAL_UID_MAPS = text("virtual_uid_maps", "", """
        Tables from a recipient to the user id that owns the mailbox.""");
    static final ProtectedMaps UIDS = sensitive(VIRTUAL_UID_MAPS);
    public static final Parameter<String> VIRTUAL_GID_MAPS = text("virtual_gid_maps", "", """
        Tables from a recipient to the group id of the mailbox.""");
    static final ProtectedMaps GIDS = sensitive(VIRTUAL_GID_MAPS);
    public static final Parameter<Integer> VIRTUAL_MINIMUM_UID = integer("virtual_minimum_uid", "100", 1, """
        Least user id that virtual_uid_maps may name.""");
    public static final Parameter<Long> VIRTUAL_MAILBOX_LIMIT = size("virtual_mailbox_limit", "51200000", 0, """
        Most bytes of an mbox file or Maildir file; 0 for no limit.""");
    public static final Parameter<List<String>> VIRTUAL_MAILBOX_LOCK = list("virtual_mailbox_lock", "fcntl, dotlock", """
        How an mbox file is locked: fcntl, dotlock.""");
    public static final Parameter<Duration> STALE_LOCK_TIME = time("stale_lock_time", "500s", """
        Age at which a lock file is taken for a leftover.""");
    public static final Parameter<Integer> DELIVER_LOCK_ATTEMPTS = integer("deliver_lock_attempts", "20", 1, """
        How often an exclusive lock on a mailbox is tried.""");
    public static final Parameter<Duration> DELIVER_LOCK_DELAY = time("deliver_lock_delay", "1s", """
        Time between two attempts to lock a mailbox.""");
    public static final Parameter<Boolean> ENABLE_ORIGINAL_RECIPIENT = yesNo("enable_original_recipient", "yes", """
        Write the X-Original-To header.""");

    private static ProtectedMaps sensitive(Parameter<String> maps) {
        return new ProtectedMaps(maps, Protection.SECURITY_SENSITIVE, "virtual");
    }
}
