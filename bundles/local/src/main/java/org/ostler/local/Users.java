// SPDX-License-Identifier: Apache-2.0
package org.ostler.local;

import java.util.Optional;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Tables;
import org.ostler.mailbox.MailboxException;

/** System users, through the table {@code unix:passwd.byname}, so that a test or a site can put another one in its place. */
final class Users {

    private static final String PASSWD = "unix:passwd.byname";

    /** A line of the password file. */
    record User(String name, int uid, int gid, String home) {}

    private final Tables tables;

    Users(Tables tables) {
        this.tables = tables;
    }

    Optional<User> find(String name) throws MailboxException {
        return switch (tables.open(PASSWD, "passwd").find(name)) {
            case Answer.Found(String line) -> Optional.of(read(line));
            case Answer.NotFound _ -> Optional.empty();
            case Answer.Unavailable(String reason) -> throw new MailboxException("4.3.0", "user lookup error: " + reason);
        };
    }

    private static User read(String line) throws MailboxException {
        String[] field = line.split(":", -1);
        if (field.length < 6 || !field[2].matches("\\d{1,9}") || !field[3].matches("\\d{1,9}")) {
            throw new MailboxException("4.3.5", "bad password file entry: " + line);
        }
        return new User(field[0], Integer.parseInt(field[2]), Integer.parseInt(field[3]), field[5]);
    }
}
