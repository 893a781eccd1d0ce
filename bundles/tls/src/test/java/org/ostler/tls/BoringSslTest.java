// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.tck.Certificates;
import org.ostler.mail.tck.Certificates.Identity;
import org.ostler.mail.tls.TlsProvider.Session;

/** The hybrid group with an implementation of another house, BoringSSL (in Netty's hands), which is made to know no other. */
@Timeout(60)
@EnabledIf(value = "isHere", disabledReason = "BoringSSL's native library is not for this machine")
class BoringSslTest {

    private static final String[] HYBRID_ONLY = {"X25519MLKEM768"};

    @TempDir Path dir;
    private final MultiThreadIoEventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private Pair ours;

    static boolean isHere() {
        return OpenSsl.isAvailable();
    }

    @BeforeEach
    void start() throws Exception {
        ours = new Pair().by("bc");
    }

    @AfterEach
    void stop() throws Exception {
        ours.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }

    @Test
    void our_client_agrees_with_its_server() throws Exception {
        Identity identity = Certificates.server("mx.example.test").selfSigned();
        SslContext theirs = SslContextBuilder.forServer(identity.keys().getPrivate(), identity.certificate()).sslProvider(SslProvider.OPENSSL).protocols("TLSv1.3")
                .option(OpenSslContextOption.GROUPS, HYBRID_ONLY).build();
        Channel server = new ServerBootstrap().group(loop).channel(NioServerSocketChannel.class).childHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(theirs.newHandler(channel.alloc()), new Greeter());
            }
        }).bind("127.0.0.1", 0).sync().channel();
        try (var wire = new Wire(((InetSocketAddress) server.localAddress()).getPort()); var socket = new Socket(InetAddress.getLoopbackAddress(), wire.port())) {
            Session session = ours.clientTls.client(socket, ours.policy(), ours.clientSettings());
            assertThat(session.socket().getInputStream().readNBytes(5)).asString(StandardCharsets.US_ASCII).isEqualTo("hello");
            assertThat(session.chain()).containsExactly(identity.certificate());
            session.socket().close();
            assertThat(wire.hellos()).containsExactly(new Wire.Hello(Wire.X25519_MLKEM768, false));
        }
    }

    @Test
    void our_server_agrees_with_its_client() throws Exception {
        ours.server.put("smtpd_tls_chain_files", Certificates.server("mx.example.test").selfSigned().chainFile(dir.resolve("server.pem")).toString());
        SslContext theirs = SslContextBuilder.forClient().trustManager(InsecureTrustManagerFactory.INSTANCE).sslProvider(SslProvider.OPENSSL).protocols("TLSv1.3")
                .endpointIdentificationAlgorithm(null).option(OpenSslContextOption.GROUPS, HYBRID_ONLY).build();
        var heard = new CompletableFuture<String>();
        try (var listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress()); var wire = new Wire(listener.getLocalPort()); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Session> served = threads.submit(() -> {
                Session session = ours.serverTls.server(listener.accept(), "unknown", ours.serverSettings());
                session.socket().getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
                return session;
            });
            Channel client = new Bootstrap().group(loop).channel(NioSocketChannel.class).handler(new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(theirs.newHandler(channel.alloc()), new Listener(heard));
                }
            }).connect("127.0.0.1", wire.port()).sync().channel();
            assertThat(heard.get(Pair.SECONDS, TimeUnit.SECONDS)).isEqualTo("hello");
            client.close().sync();
            served.get(Pair.SECONDS, TimeUnit.SECONDS).socket().close();
            assertThat(wire.hellos()).containsExactly(new Wire.Hello(Wire.X25519_MLKEM768, false));
        }
    }

    /** Says hello when the handshake is over. */
    private static final class Greeter extends SimpleChannelInboundHandler<ByteBuf> {

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
                context.writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.US_ASCII));
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
            // our client says nothing
        }
    }

    private static final class Listener extends SimpleChannelInboundHandler<ByteBuf> {

        private final CompletableFuture<String> heard;

        Listener(CompletableFuture<String> heard) {
            this.heard = heard;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
            heard.complete(bytes.toString(StandardCharsets.US_ASCII));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            heard.completeExceptionally(cause);
        }
    }
}
