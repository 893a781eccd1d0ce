// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Set;
import org.ostler.mail.config.Lists;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;

/** Option {@code -F}: values that are names of files, and their content. Pure functions. */
final class ValueFiles {

    /** Types whose text names the files; in the others the content itself is stored, in base64. */
    private static final Set<String> SOURCES = Set.of("texthash", "inline", "static", "randmap", "cidr", "regexp", "pcre");

    /** Types that read the text while nothing is built of it, and say by what they watch which they read. */
    private static final Set<String> UNBUILT = Set.of("hash", "btree", "dbm");

    private ValueFiles() {}

    static boolean isSource(TableSpec spec, Table table) {
        return SOURCES.contains(spec.type()) || UNBUILT.contains(spec.type()) && table.sources().contains(spec.file());
    }

    /** The files that a value names, one after the other with an empty line between. @throws IOException with Postfix's words */
    static byte[] content(Path directory, String value) throws IOException {
        var all = new ByteArrayOutputStream();
        for (String file : Lists.split(value)) {
            try {
                byte[] bytes = Files.readAllBytes(directory.resolve(file));
                if (all.size() > 0) {
                    all.write('\n');
                }
                all.writeBytes(bytes);
            } catch (IOException e) {
                throw new IOException("open " + file + ": " + TableSource.reason(e), e);
            }
        }
        return all.toByteArray();
    }

    static String encoded(byte[] content) {
        return Base64.getEncoder().encodeToString(content);
    }

    /** @throws IllegalArgumentException where it is no base64 */
    static String decoded(String value) {
        if (value.length() % 4 != 0) {
            // Java would do without the padding.
            throw new IllegalArgumentException("not whole groups of four");
        }
        return new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
    }
}
