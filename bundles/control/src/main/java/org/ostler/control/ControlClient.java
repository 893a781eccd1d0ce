// SPDX-License-Identifier: Apache-2.0
package org.ostler.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.ostler.mail.control.spi.ControlCommand.ControlException;

/**
 * Sends one request to a running instance. <b>Threads</b> one. <b>Blocking</b> until the answer ends. <b>Errors</b> {@link IOException} where nobody answers (the instance is not running), {@link ControlException} where
 * the command failed.
 */
public final class ControlClient {

    private ControlClient() {}

    /** @param out takes answer lines as they come */
    public static void run(String queueDirectory, List<String> request, Consumer<String> out) throws IOException, ControlException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(Protocol.socket(queueDirectory)));
            var text = new StringBuilder();
            request.forEach(word -> text.append('+').append(Protocol.escape(word)).append('\n'));
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.append('\n').toString());
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            var in = new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("+")) {
                    out.accept(Protocol.unescape(line.substring(1)));
                } else if (line.equals("ok")) {
                    return;
                } else if (line.startsWith("error ")) {
                    throw new ControlException(Protocol.unescape(line.substring("error ".length())));
                }
            }
            throw new IOException("the server ended the connection in the middle of an answer");
        }
    }
}
