// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The words of the command line with all that was in their bytes. Java makes U+FFFD of what is no UTF-8; Linux still has the bytes, and each that belongs to no character becomes a half of a character here, U+DC00 and
 * the byte: in text there is none, no table and no file has such a name, and printed it is a question mark. Elsewhere U+FFFD stays.
 */
final class Arguments {

    private static final char UNKNOWN = '\uFFFD';
    private static final char BYTE = '\uDC00';

    private Arguments() {}

    static List<String> exact(String[] given) {
        List<String> words = Arrays.asList(given);
        // No stream: most commands come here for nothing, and are to be quick.
        for (String word : words) {
            if (word.indexOf(UNKNOWN) >= 0) {
                return fromSystem(words);
            }
        }
        return words;
    }

    private static List<String> fromSystem(List<String> words) {
        try {
            return exact(Files.readAllBytes(Path.of("/proc/self/cmdline")), words);
        } catch (IOException e) {
            return words;
        }
    }

    /** @param line of the process, a NUL behind each word; the command's are the last */
    static List<String> exact(byte[] line, List<String> given) {
        var words = new ArrayList<>(given);
        int end = line.length - 1;
        for (int i = words.size() - 1; i >= 0 && end >= 0; i--) {
            int start = end;
            while (start > 0 && line[start - 1] != 0) {
                start--;
            }
            if (words.get(i).indexOf(UNKNOWN) >= 0) {
                words.set(i, decoded(ByteBuffer.wrap(line, start, end - start)));
            }
            end = start - 1;
        }
        return words;
    }

    private static String decoded(ByteBuffer in) {
        CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
        CharBuffer out = CharBuffer.allocate(in.remaining());
        for (CoderResult result = utf8.decode(in, out, true); result.isError(); result = utf8.decode(in, out, true)) {
            for (int i = 0; i < result.length(); i++) {
                out.put((char) (BYTE + (in.get() & 0xff)));
            }
        }
        return out.flip().toString();
    }

    /** Whether all of it was text. */
    static boolean isText(String word) {
        return word.codePoints().noneMatch(c -> c == UNKNOWN || c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
