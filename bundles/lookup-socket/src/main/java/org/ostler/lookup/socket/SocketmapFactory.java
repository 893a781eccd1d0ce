// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.lookup.spi.Trait;

/**
 * {@code socketmap:inet:host:port:name} and {@code socketmap:unix:path:name}: Sendmail's protocol, a netstring each way (socketmap_table(5)).
 *
 * <h2>Diagnostics</h2>
 * {@code table TABLE query too large: 'KEY', returning 'not found'}: as in Postfix such a key does not exist, and nothing is asked.
 * {@code TABLE socketmap server temporary error: REASON}, also timeout, permanent and unknown; {@code table TABLE lookup error: REASON} where the connection or the frame of the reply is at fault.
 *
 * <h2>Bugs</h2>
 * Neither side proves who it is: as in Postfix refused for what is security-sensitive.
 */
@Component(name = "table-socketmap", service = TableFactory.class)
@TableType("socketmap")
public final class SocketmapFactory implements TableFactory {

    private static final Duration TIMEOUT = Duration.ofSeconds(100);
    /** Bytes of a key that is too long in the warning. */
    private static final int SHOWN = 100;

    private record Socketmap(TableSpec spec, Pool pool, String name, int longestKey, int longestReply) implements Table {

        @Override
        public Answer find(String key) {
            byte[] bytes = key.getBytes(UTF_8);
            if (bytes.length > longestKey) {
                spec.warnings().accept("table " + spec.text() + " query too large: '" + start(bytes) + "', returning 'not found'");
                return Answer.NOT_FOUND;
            }
            try {
                return answer(key, pool.ask(TIMEOUT, connection -> {
                    connection.send(netstring((name + " " + key).getBytes(UTF_8)));
                    return connection.netstring(longestReply);
                }));
            } catch (Trouble e) {
                if (e.kind == Trouble.Kind.CONNECT) {
                    spec.warnings().accept("connect to " + pool.endpoint().text() + ": " + e.getMessage());
                }
                spec.warnings().accept("table " + spec.text() + " lookup error: " + e.getMessage());
                return Answer.unavailable(e.getMessage());
            }
        }

        /** As much of a key as Postfix shows, with a question mark for each byte of a character that is cut. */
        private static String start(byte[] key) {
            int shown = Math.min(SHOWN, key.length);
            int whole = shown;
            while (whole > 0 && whole < key.length && (key[whole] & 0xc0) == 0x80) {
                whole--;
            }
            return new String(key, 0, whole, UTF_8).replaceAll("\\p{Cc}", "?") + "?".repeat(shown - whole);
        }

        private Answer answer(String key, byte[] reply) {
            Optional<String> text = TcpFactory.utf8(reply);
            if (text.isEmpty()) {
                spec.warnings().accept("table " + spec.text() + ": key " + key + ": reply is not UTF-8");
                return Answer.unavailable("reply is not UTF-8");
            }
            int blank = text.get().indexOf(' ');
            String status = blank < 0 ? text.get() : text.get().substring(0, blank);
            String rest = blank < 0 ? "" : text.get().substring(blank + 1);
            return switch (status) {
                // Postfix takes an OK without its blank for "no such key"; that reply is not understood, so it may not be.
                case "OK" -> blank < 0 ? error("unknown", "") : Values.answer(spec, key, rest);
                case "NOTFOUND" -> Answer.NOT_FOUND;
                case "TEMP" -> error("temporary", rest);
                case "TIMEOUT" -> error("timeout", rest);
                case "PERM" -> error("permanent", rest);
                default -> error("unknown", rest);
            };
        }

        private Answer error(String kind, String rest) {
            String reason = "socketmap server " + kind + " error" + (rest.isEmpty() ? "" : ": " + TcpFactory.printable(rest));
            spec.warnings().accept(spec.text() + " " + reason);
            return Answer.unavailable(reason);
        }

        private static byte[] netstring(byte[] text) {
            var out = new ByteArrayOutputStream(text.length + 12);
            out.writeBytes((text.length + ":").getBytes(US_ASCII));
            out.writeBytes(text);
            out.write(',');
            return out.toByteArray();
        }

        @Override
        public Set<Trait> traits() {
            return Set.of(Trait.MAY_BLOCK, Trait.KEYS_ARE_PATTERNS, Trait.CASE_SENSITIVE_KEYS);
        }

        @Override
        public void close() {
            pool.close();
        }
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        spec.refuseWhereSecuritySensitive();
        int colon = spec.name().lastIndexOf(':');
        if (colon < 0) {
            throw new TableOpenException("socketmap requires server:socketmap argument");
        }
        var pool = new Pool(Endpoint.parse(spec.name().substring(0, colon)));
        return new Socketmap(spec, pool, spec.name().substring(colon + 1), spec.settings().get(SocketParameters.SOCKETMAP_MAX_QUERY_SIZE), spec.settings().get(SocketParameters.SOCKETMAP_MAX_REPLY_SIZE));
    }
}
