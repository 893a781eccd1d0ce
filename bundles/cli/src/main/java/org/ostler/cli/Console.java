// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** {@code ./ostler shell}: standard input to the console socket of a running instance, and back; with operands: one command and its exit status. */
final class Console {

    /** What the console of the bundle shell prints before each command. */
    private static final String PROMPT = "ostler> ";

    private Console() {}

    static int run(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        GetOpt options = GetOpt.parse(terminal, "c:", "usage: shell [-c config_dir] [command [argument ...]]", true, arguments);
        if (!options.operands().isEmpty()) {
            return ServerCommand.run(terminal, options.value('c', ""), options.operands());
        }
        Path socket = Path.of(Instance.open(options.value('c', "")).settings().text("queue_directory"), "private", "shell");
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            // A daemon: when the server ends the session, a read of the terminal that nobody needs must not hold the program.
            Thread.ofPlatform().daemon().start(() -> send(terminal.in(), channel));
            InputStream in = Channels.newInputStream(channel);
            if (System.console() == null || !System.console().isTerminal()) {
                withoutPrompts(in, terminal);
                return 0;
            }
            byte[] buffer = new byte[8192];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                terminal.out().write(buffer, 0, n);
                terminal.out().flush();
            }
            return 0;
        } catch (IOException e) {
            throw new Terminal.Fatal("the mail system is not running, or you are not its owner: " + socket);
        }
    }

    /** In a script the answers count. */
    static void withoutPrompts(InputStream in, Terminal terminal) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            boolean prompted = false;
            while (line.startsWith(PROMPT)) {
                line = line.substring(PROMPT.length());
                prompted = true;
            }
            if (!prompted || !line.isEmpty()) {
                terminal.line(line);
                terminal.out().flush();
            }
        }
    }

    private static void send(InputStream in, SocketChannel channel) {
        try {
            OutputStream out = Channels.newOutputStream(channel);
            byte[] buffer = new byte[8192];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
            channel.shutdownOutput();
        } catch (IOException e) {
            System.err.println("shell: " + e.getMessage());
        }
    }
}
