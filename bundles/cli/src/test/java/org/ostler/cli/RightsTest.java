// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of which file a line speaks. That it is closed to a user, and said so, is tested with one in {@code RightsIT}: to root nothing is. */
class RightsTest {

    @Test
    void the_file_is_found_in_the_lines_of_every_table() {
        Map.of("virtual_alias_maps: pgsql:/etc/x.cf is unavailable. open /etc/x.cf: Permission denied", "/etc/x.cf",
                "a: texthash:/my mail/x is unavailable. open database /my mail/x: No such file or directory", "/my mail/x",
                "a: sqlite:/etc/x.cf is unavailable. sqlite:/etc/x.cf: open database /var/db: unable to open database file: Permission denied", "/var/db",
                "mydestination: open file /etc/domains: Permission denied", "/etc/domains",
                "open /etc/ostler/main.cf: Permission denied", "/etc/ostler/main.cf",
                "a: lmdb:/etc/x is unavailable. open database /etc/x.lmdb: No such file or directory; the text of it answers", "/etc/x.lmdb")
                .forEach((line, file) -> assertThat(Rights.fileIn(line)).as(line).contains(file));
        for (String line : new String[] {"a: tcp:127.0.0.1:1 is unavailable. Connection refused", "/etc/main.cf, line 3: bad boolean", "unsupported dictionary type: typo", "connect to x: Permission denied"}) {
            assertThat(Rights.fileIn(line)).as(line).isEmpty();
        }
    }

    @Test
    void what_is_not_closed_is_not_called_so(@TempDir Path dir) throws Exception {
        Path file = Files.createFile(dir.resolve("table"));
        for (String line : new String[] {"open " + file + ": Permission denied", "open " + dir + "/none: No such file or directory", "open /\0: Permission denied"}) {
            assertThat(Rights.explained(line, "postfix")).isEqualTo(line);
        }
    }
}
