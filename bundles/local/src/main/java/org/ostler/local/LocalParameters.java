// SPDX-License-Identifier: Apache-2.0
package org.ostler.local;

import java.time.Duration;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.lookup.ProtectedMaps;
import org.ostler.mail.lookup.Protection;

/** Parameters of the local transport. */
@Component(service = ParameterSet.class)
public final class LocalParameters extends ParameterSet {

    public static final Parameter<String> ALIAS_MAPS = text("alias_maps", "$default_database_type:/etc/aliases", """
        Alias tables of local delivery.""");
    static final ProtectedMaps ALIASES = new ProtectedMaps(ALIAS_MAPS, Protection.SECURITY_SENSITIVE, "local");
    public static final Parameter<String> HOME_MAILBOX = text("home_mailbox", "", """
        Mailbox below a user's home directory; a Maildir where it ends in a slash. Empty: a file below mail_spool_directory.""");
    public static final Parameter<String> MAIL_SPOOL_DIRECTORY = text("mail_spool_directory", "/var/mail", """
        Directory of mbox files, or of Maildirs where it ends in a slash.""");
    public static final Parameter<Long> MAILBOX_SIZE_LIMIT = size("mailbox_size_limit", "51200000", 0, """
        Most bytes of a mailbox; 0 for no limit.""");
    public static final Parameter<List<String>> MAILBOX_DELIVERY_LOCK = list("mailbox_delivery_lock", "fcntl, dotlock", """
        How an mbox file is locked: fcntl, dotlock.""");
    public static final Parameter<Duration> STALE_LOCK_TIME = time("stale_lock_time", "500s", """
        Age at which a lock file is taken for a leftover.""");
    public static final Parameter<Integer> DELIVER_LOCK_ATTEMPTS = integer("deliver_lock_attempts", "20", 1, """
        How often an exclusive lock on a mailbox is tried.""");
    public static final Parameter<Duration> DELIVER_LOCK_DELAY = time("deliver_lock_delay", "1s", """
        Time between two attempts to lock a mailbox.""");
    public static final Parameter<Boolean> ENABLE_ORIGINAL_RECIPIENT = yesNo("enable_original_recipient", "yes", """
        Write the X-Original-To header.""");
    public static final Parameter<Boolean> EXPAND_OWNER_ALIAS = yesNo("expand_owner_alias", "no", """
        Use the expansion of owner-name, not that name itself, as sender of mail to the alias name.""");
}
