// SPDX-License-Identifier: Apache-2.0
package org.ostler.mailbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whose mailbox it is.
 *
 * <p>Ostler runs as one user. It writes mailboxes of that user, or, when it runs as root, of anybody, giving new files away. Any other wish is refused: {@link MailboxException} with a reason, which defers.
 *
 * @param uid user id; -1 for "whoever we are"
 * @param gid group id; -1 likewise
 */
public record Owner(int uid, int gid) {

    /** The user of this process. */
    public static final Owner SELF = new Owner(-1, -1);

    private static final int OUR_UID = ownUid();

    private static int ownUid() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException | UnsupportedOperationException e) {
            return -1;
        }
    }

    /** Refuses where files of this owner cannot be made. */
    public void check() throws MailboxException {
        if (uid >= 0 && OUR_UID > 0 && uid != OUR_UID) {
            throw new MailboxException("4.3.5", "cannot write as uid " + uid + ": the server runs as uid " + OUR_UID);
        }
    }

    /** Gives a file just made to the owner, where that is not us. */
    void give(Path file) throws IOException {
        if (uid >= 0 && OUR_UID == 0) {
            Files.setAttribute(file, "unix:uid", uid);
            Files.setAttribute(file, "unix:gid", Math.max(gid, 0));
        }
    }
}
