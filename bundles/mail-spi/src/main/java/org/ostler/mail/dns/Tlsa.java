// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.dns;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * A TLSA record as it came (RFC 6698 section 2.1). Unknown parameters and data of any length are kept: whether a record is usable is for the verifier to say.
 *
 * @param usage        0 to 255; 255, private use and so unusable, where the record is too short to have one
 * @param selector     0 to 255; 255 likewise
 * @param matchingType 0 to 255; 255 likewise
 * @param data         not modified by anybody
 */
public record Tlsa(int usage, int selector, int matchingType, byte[] data) {

    private static final int MOST_SHOWN = 64;

    @Override
    public boolean equals(Object other) {
        return other instanceof Tlsa(int u, int s, int m, byte[] d) && u == usage && s == selector && m == matchingType && Arrays.equals(d, data);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(data) + (usage << 16 | selector << 8 | matchingType);
    }

    /** As Postfix logs it, {@code 3 1 1 0123ABCD}; of data longer than {@value #MOST_SHOWN} bytes only the two ends. */
    public String shown() {
        HexFormat capitals = HexFormat.of().withUpperCase();
        int half = MOST_SHOWN / 2;
        return usage + " " + selector + " " + matchingType + " " + (data.length <= MOST_SHOWN ? capitals.formatHex(data)
                : capitals.formatHex(data, 0, half) + "..." + capitals.formatHex(data, data.length - half, data.length));
    }

    /** In zone file form, {@code 3 1 1 0123abcd}. */
    @Override
    public String toString() {
        return usage + " " + selector + " " + matchingType + " " + HexFormat.of().formatHex(data);
    }
}
