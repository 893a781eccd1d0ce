// SPDX-License-Identifier: Apache-2.0
package org.ostler.dane.verifier;

import java.security.cert.CertificateParsingException;
import java.util.Arrays;

/** The one piece of DER that the JDK leaves to its callers: the octet string around an extension's value (X.690 sections 8.1.3 and 8.7). */
final class Der {

    private static final int OCTET_STRING = 4;

    private Der() {}

    static byte[] octets(byte[] der) throws CertificateParsingException {
        if (der.length < 2 || der[0] != OCTET_STRING) {
            throw new CertificateParsingException("not an octet string");
        }
        int length = der[1] & 0xff;
        int at = 2;
        if (length > 0x80) {
            int bytes = length - 0x80;
            if (bytes > 3 || der.length < 2 + bytes) {
                throw new CertificateParsingException("bad length");
            }
            length = 0;
            for (; at < 2 + bytes; at++) {
                length = length << 8 | der[at] & 0xff;
            }
        }
        if (length == 0x80 || length != der.length - at) {
            throw new CertificateParsingException("bad length");
        }
        return Arrays.copyOfRange(der, at, der.length);
    }
}
