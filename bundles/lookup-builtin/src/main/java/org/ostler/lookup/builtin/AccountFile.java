// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.ostler.mail.config.FileStamp;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.TableSource;

/**
 * {@code /etc/passwd} or {@code /etc/group} in memory.
 *
 * <p>A name that was not there is looked for again where the file has changed: Postfix asks the system each time, and who was made a user a moment ago must not be unknown to his first
 * mail. A file that is being written takes nobody away: who was there when the table was opened stays until it is opened anew.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> for a name that is not there a {@code stat}, and one reading for each change of the file. <b>Errors</b> {@link Answer.Unavailable} where the file cannot
 * be read or has no entries.
 */
final class AccountFile {

    private record Content(FileStamp version, Map<String, Answer> entries) {}

    private final Path file;
    private final int fields;
    private final Map<String, Answer> entries;
    private volatile Content latest;

    /** @param fields that a line has */
    AccountFile(Path file, int fields) throws IOException {
        this.file = file;
        this.fields = fields;
        this.latest = read(FileStamp.read(file));
        this.entries = latest.entries;
    }

    int size() {
        return entries.size();
    }

    Answer find(String key) {
        Answer answer = entries.get(key);
        if (answer != null) {
            return answer;
        }
        try {
            return latest().entries.getOrDefault(key, Answer.NOT_FOUND);
        } catch (IOException e) {
            return Answer.unavailable("open " + file + ": " + TableSource.reason(e));
        }
    }

    private Content latest() throws IOException {
        Content now = latest;
        return now.version.equals(FileStamp.read(file)) ? now : again();
    }

    private synchronized Content again() throws IOException {
        FileStamp version = FileStamp.read(file);
        if (!latest.version.equals(version)) {
            latest = read(version);
        }
        return latest;
    }

    /** @param version taken before: a change in between is noticed the next time */
    private Content read(FileStamp version) throws IOException {
        var map = new HashMap<String, Answer>();
        for (String line : Files.readString(file, StandardCharsets.ISO_8859_1).split("\n")) {
            String text = new String(line.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
            String[] parts = text.split(":", -1);
            // Lines that begin with + or - belong to NIS.
            if (parts.length == fields && !parts[0].isEmpty() && "+-#".indexOf(parts[0].charAt(0)) < 0) {
                parts[1] = "x";
                map.putIfAbsent(CaseFold.fold(parts[0]), Answer.found(String.join(":", parts)));
            }
        }
        if (map.isEmpty()) {
            // Every machine has users: this file is being written, and nobody is unknown for that.
            throw new IOException("no entries");
        }
        return new Content(version, map);
    }
}
