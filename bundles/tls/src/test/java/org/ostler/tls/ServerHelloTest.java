// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The key exchange group, out of what a server sends in the clear; whatever comes, in whatever pieces. */
class ServerHelloTest {

    private static final byte[] RETRY = HexFormat.of().parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");

    /** A ServerHello with an extension before the key share. @param share bytes of the key; none in a HelloRetryRequest */
    private static byte[] hello(byte[] random, int group, int share) {
        int keyShare = 2 + (share > 0 ? 2 + share : 0);
        ByteBuffer extensions = ByteBuffer.allocate(6 + 4 + keyShare).putShort((short) 43).putShort((short) 2).putShort((short) 0x0304)
                .putShort((short) 51).putShort((short) keyShare).putShort((short) group);
        if (share > 0) {
            extensions.putShort((short) share);
        }
        int body = 2 + 32 + 1 + 32 + 2 + 1 + 2 + extensions.capacity();
        return ByteBuffer.allocate(4 + body).put((byte) 2).put((byte) 0).putShort((short) body).putShort((short) 0x0303).put(random).put((byte) 32).put(new byte[32])
                .putShort((short) 0x1302).put((byte) 0).putShort((short) extensions.capacity()).put(extensions.array()).array();
    }

    private static byte[] record(int type, byte[] content) {
        return ByteBuffer.allocate(5 + content.length).put((byte) type).putShort((short) 0x0303).putShort((short) content.length).put(content).array();
    }

    private static byte[] join(byte[]... parts) {
        var out = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach(out::writeBytes);
        return out.toByteArray();
    }

    private static OptionalInt group(byte[] bytes, int piece) {
        var hello = new ServerHello();
        for (int at = 0; at < bytes.length; at += piece) {
            hello.saw(bytes, at, Math.min(piece, bytes.length - at));
        }
        return hello.group();
    }

    @Test
    void the_group_is_found_in_whatever_pieces_it_comes() {
        byte[] bytes = join(record(22, hello(new byte[32], 0x001d, 32)), record(20, new byte[] {1}), record(23, new byte[500]));
        for (int piece : new int[] {1, 3, 7, 100, 5000}) {
            assertThat(group(bytes, piece)).as("pieces of " + piece).hasValue(0x001d);
        }
    }

    @Test
    void after_a_retry_the_second_hello_counts_and_its_share_may_be_large() {
        byte[] retry = record(22, hello(RETRY, 0x0017, 0));
        assertThat(group(retry, 100)).as("a retry alone agrees on nothing").isEmpty();
        assertThat(group(join(retry, record(20, new byte[] {1}), record(22, hello(new byte[32], 0x11ec, 1120))), 100)).hasValue(0x11ec);
    }

    @Test
    void a_message_may_be_split_over_records() {
        byte[] message = hello(new byte[32], 0x0018, 97);
        byte[] bytes = join(record(22, Arrays.copyOf(message, 40)), record(22, Arrays.copyOfRange(message, 40, message.length)));
        assertThat(group(bytes, 64)).hasValue(0x0018);
    }

    @Test
    void what_is_no_ServerHello_has_no_group_and_does_no_harm() {
        assertThat(group(new byte[0], 1)).isEmpty();
        assertThat(group("220 mx.example.test ESMTP\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 5)).isEmpty();
        assertThat(group(record(21, new byte[] {2, 40}), 7)).as("an alert").isEmpty();
        var random = new Random(4);
        byte[] good = join(record(22, hello(new byte[32], 0x001d, 32)), record(23, new byte[3000]));
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = Arrays.copyOf(good, random.nextInt(good.length));
            for (int j = 0; j < 5 && bytes.length > 0; j++) {
                bytes[random.nextInt(Math.min(bytes.length, 130))] = (byte) random.nextInt();
            }
            group(bytes, 1 + random.nextInt(200)); // no exception
        }
    }
}
