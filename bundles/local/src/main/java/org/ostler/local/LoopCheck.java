// SPDX-License-Identifier: Apache-2.0
package org.ostler.local;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.ostler.mail.model.Address;
import org.ostler.mail.queue.Content;

/** Looks for {@code Delivered-To:} headers: mail that has been delivered to an address before is looping. Reads the header only, at most 256 KB of it. */
final class LoopCheck {

    private static final int MOST = 256 * 1024;
    private static final String NAME = "delivered-to:";

    private LoopCheck() {}

    static boolean wasDeliveredTo(Content content, Address address) throws IOException {
        var line = new StringBuilder();
        try (InputStream in = new BufferedInputStream(content.open(), 8192)) {
            for (int i = 0, b = in.read(); i < MOST && b >= 0; i++, b = in.read()) {
                if (b == '\n') {
                    if (line.isEmpty()) {
                        return false;
                    }
                    if (matches(line, address)) {
                        return true;
                    }
                    line.setLength(0);
                } else if (b != '\r' && line.length() < 2048) {
                    line.append((char) b);
                }
            }
        }
        return false;
    }

    private static boolean matches(CharSequence line, Address address) {
        String text = new String(line.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        return text.regionMatches(true, 0, NAME, 0, NAME.length()) && text.substring(NAME.length()).strip().equalsIgnoreCase(address.text());
    }
}
