// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.lookup.spi.Trait;

/**
 * {@code tcp:host:port}: {@code get key} and a reply of one line (tcp_table(5)).
 *
 * <p>A server that cannot be reached, hangs up or says too much is asked up to ten times, a second apart, within the deadline of the lookup: with the usual five seconds, five times. When that was in vain,
 * lookups fail at once for a while.
 *
 * <h2>Diagnostics</h2>
 * {@code connect to TCP map HOST:PORT: REASON}; {@code read TCP map reply from HOST:PORT: malformed reply: TEXT}.
 *
 * <h2>Bugs</h2>
 * Neither side proves who it is: as in Postfix refused for what is security-sensitive.
 */
@Component(name = "table-tcp", service = TableFactory.class)
@TableType("tcp")
public final class TcpFactory implements TableFactory {

    /** tcp_table(5). */
    private static final Duration TIMEOUT = Duration.ofSeconds(100);
    private static final int LONGEST_REPLY = 4096;
    /** As Postfix tries, as far as the deadline of the lookup goes. */
    private static final Pool.Tries TRIES = new Pool.Tries(10, Duration.ofSeconds(1));

    private record TcpTable(TableSpec spec, Pool pool) implements Table {

        @Override
        public Answer find(String key) {
            byte[] request = ("get " + encoded(key) + "\n").getBytes(US_ASCII);
            Duration limit = spec.lookupTimeout().compareTo(TIMEOUT) < 0 ? spec.lookupTimeout() : TIMEOUT;
            try {
                byte[] reply = pool.ask(TRIES, limit, connection -> {
                    connection.send(request);
                    return connection.line(LONGEST_REPLY);
                }, this::warn);
                return answer(key, reply);
            } catch (Trouble e) {
                return Answer.unavailable(reason(e));
            }
        }

        private void warn(Trouble e) {
            spec.warnings().accept((e.kind == Trouble.Kind.CONNECT ? "connect to TCP map " : "read TCP map reply from ") + pool.endpoint().text() + ": " + reason(e));
        }

        private static String reason(Trouble e) {
            return e.kind == Trouble.Kind.DISCONNECT && e.getCause() == null ? "unexpected EOF" : e.getMessage();
        }

        private Answer answer(String key, byte[] reply) {
            String text = new String(reply, ISO_8859_1);
            boolean formed = text.length() > 3 && text.charAt(3) == ' ';
            Optional<String> value = formed ? decoded(text.substring(4)) : Optional.empty();
            if (value.isEmpty()) {
                spec.warnings().accept("read TCP map reply from " + pool.endpoint().text() + ": malformed reply: " + printable(text));
                return Answer.unavailable("malformed reply");
            }
            return switch (text.charAt(0)) {
                case '5' -> Answer.NOT_FOUND;
                case '4' -> Answer.unavailable("server says: " + value.get());
                case '2' -> Values.answer(spec, key, value.get());
                default -> {
                    spec.warnings().accept("read TCP map reply from " + pool.endpoint().text() + ": bad status code: " + printable(text));
                    yield Answer.unavailable("bad status code");
                }
            };
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
        if (spec.protection() == Protection.SECURITY_SENSITIVE) {
            throw new TableOpenException(spec.text() + " map is not allowed for security sensitive data"); // in the words of Postfix, which has a hyphen for the other types
        }
        return new TcpTable(spec, new Pool(Endpoint.inet(spec.name())));
    }

    /** What is not printable, white space and the percent sign as {@code %XX}. */
    static String encoded(String text) {
        var out = new StringBuilder(text.length() + 8);
        for (byte b : text.getBytes(UTF_8)) {
            if (b > ' ' && b < 0x7f && b != '%') {
                out.append((char) b);
            } else {
                out.append('%').append(Character.toUpperCase(Character.forDigit(b >> 4 & 15, 16))).append(Character.toUpperCase(Character.forDigit(b & 15, 16)));
            }
        }
        return out.toString();
    }

    /** @param text one character per byte; empty where it is no such text, or none in UTF-8 */
    static Optional<String> decoded(String text) {
        var out = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) != '%') {
                out.write(text.charAt(i));
                continue;
            }
            boolean whole = i + 2 < text.length();
            int high = whole ? Character.digit(text.charAt(i + 1), 16) : -1;
            int low = whole ? Character.digit(text.charAt(i + 2), 16) : -1;
            if (high < 0 || low < 0) {
                return Optional.empty();
            }
            out.write(high << 4 | low);
            i += 2;
        }
        return utf8(out.toByteArray());
    }

    /** Empty where the bytes are no UTF-8. */
    static Optional<String> utf8(byte[] bytes) {
        try {
            return Optional.of(UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    static String printable(String text) {
        String shown = text.length() <= 100 ? text : text.substring(0, 100) + "...";
        return shown.replaceAll("[^ -~]", "?");
    }
}
