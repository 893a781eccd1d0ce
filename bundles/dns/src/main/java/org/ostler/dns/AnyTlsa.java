// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import java.io.IOException;
import java.util.Arrays;
import org.ostler.mail.dns.Tlsa;
import org.xbill.DNS.Compression;
import org.xbill.DNS.DNSInput;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;

/**
 * A TLSA record of any length. dnsjava's own takes a record of less than three octets for a broken message; here one record that nobody can use must not hide its good neighbours, nor spoil the signature
 * on all of them.
 */
final class AnyTlsa extends Record {

    private static final int HEADER = 3;
    private static final int MISSING = 255;

    private byte[] data = {};

    private AnyTlsa() {}

    /** Takes the place of dnsjava's class for all messages read from now on. */
    static void register() {
        Type.register(Type.TLSA, "TLSA", AnyTlsa::new);
    }

    Tlsa value() {
        return new Tlsa(octet(0), octet(1), octet(2), data.length <= HEADER ? new byte[0] : Arrays.copyOfRange(data, HEADER, data.length));
    }

    private int octet(int at) {
        return at < data.length ? data[at] & 0xff : MISSING;
    }

    @Override
    protected void rrFromWire(DNSInput in) {
        data = in.readByteArray();
    }

    @Override
    protected String rrToString() {
        return unknownToString(data);
    }

    @Override
    protected void rdataFromString(Tokenizer text, Name origin) throws IOException {
        int[] header = {text.getUInt8(), text.getUInt8(), text.getUInt8()};
        byte[] rest = text.getHex();
        if (rest == null) {
            throw new TextParseException("no data");
        }
        data = new byte[HEADER + rest.length];
        for (int i = 0; i < HEADER; i++) {
            data[i] = (byte) header[i];
        }
        System.arraycopy(rest, 0, data, HEADER, rest.length);
    }

    @Override
    protected void rrToWire(DNSOutput out, Compression compression, boolean canonical) {
        out.writeByteArray(data);
    }
}
