// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.pickup.MaildropFile;

/**
 * sendmail(1): takes a message on standard input into the maildrop directory, also while the server is down.
 *
 * <pre>
 *   sendmail [-t] [-i] [-f sender] [-F name] [-N notify] [-R ret] [-V envid] [-O requiretls=yes] recipient ...
 *   sendmail -bp | -q | -qIid | -qRsite | -bi (newaliases)
 * </pre>
 * Unknown options of other sendmail programs are ignored as Postfix does. {@code -bs} and {@code -bv} come later and are refused.
 */
final class Sendmail {

    private static final String SPEC = "A:B:C:F:GIL:N:O:R:UV:X:b:ce:f:h:imno:p:r:q:tvx";
    /** EX_TEMPFAIL, for every failure: Postfix's sendmail tells its callers to try again, whatever was wrong. */
    private static final int TEMPORARY = 75;
    private static final int HEADER_LIMIT = 1 << 20;

    private Sendmail() {}

    static int mailq(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        var all = new ArrayList<>(List.of("-bp"));
        all.addAll(arguments);
        return run(terminal, all);
    }

    static int newaliases(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        var all = new ArrayList<>(List.of("-I"));
        all.addAll(arguments);
        return run(terminal, all);
    }

    static int run(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        GetOpt options;
        try {
            // Ours, as postalias has it; sendmail(1) has no such option.
            String spec = terminal.name().equals("newaliases") ? SPEC + "j" : SPEC;
            options = GetOpt.parse(terminal, spec, "usage: " + terminal.name() + " [options]", true, normalized(arguments));
        } catch (Terminal.Fatal e) {
            throw new Terminal.Fatal(TEMPORARY, e.getMessage());
        }
        Instance instance = open(options);
        if (options.has('q')) {
            return flush(terminal, instance, options.value('q', ""));
        }
        if (options.has('I')) {
            return newaliases(terminal, instance, options);
        }
        return switch (options.value('b', "m")) {
            case "m" -> submit(terminal, instance, options);
            case "p" -> {
                refuseOperands(options, "display queue mode requires no recipient");
                yield QueueTools.postqueue(terminal, instance, 'p', "");
            }
            case "i" -> newaliases(terminal, instance, options);
            case "s", "v", "l", "d", "a" -> throw new Terminal.Fatal(TEMPORARY, "-b" + options.value('b', "") + " is not supported yet");
            default -> throw new Terminal.Fatal(TEMPORARY, "unsupported: -b" + options.value('b', ""));
        };
    }

    private static Instance open(GetOpt options) throws Terminal.Fatal {
        try {
            return Instance.open(directory(options.value('C', "")));
        } catch (Terminal.Fatal e) {
            throw new Terminal.Fatal(TEMPORARY, e.getMessage());
        }
    }

    private static int newaliases(Terminal terminal, Instance instance, GetOpt options) throws Terminal.Fatal {
        refuseOperands(options, "alias initialization mode requires no recipient");
        var letters = new ArrayList<String>();
        for (char letter : new char[] {'v', 'j'}) {
            if (options.has(letter)) {
                letters.add("-" + letter);
            }
        }
        return MapTools.newaliases(terminal, instance, letters);
    }

    private static void refuseOperands(GetOpt options, String why) throws Terminal.Fatal {
        if (!options.operands().isEmpty()) {
            throw new Terminal.Fatal(TEMPORARY, why);
        }
    }

    /** {@code -q} may stand alone; {@code -oi} is {@code -i}; -C may name the file or its directory. */
    private static List<String> normalized(List<String> arguments) {
        var words = new ArrayList<String>();
        boolean operands = false;
        for (String word : arguments) {
            operands |= word.equals("--") || !word.startsWith("-");
            if (!operands && word.equals("-q")) {
                words.add("-qf");
            } else if (!operands && word.startsWith("-q") && word.length() > 2 && Character.isDigit(word.charAt(2))) {
                words.add("-qf");
            } else {
                words.add(word);
            }
        }
        return words;
    }

    private static String directory(String option) {
        return option.endsWith("/main.cf") ? option.substring(0, option.length() - "/main.cf".length()) : option;
    }

    private static int flush(Terminal terminal, Instance instance, String what) throws Terminal.Fatal {
        if (what.startsWith("I")) {
            return QueueTools.postqueue(terminal, instance, 'i', what.substring(1));
        }
        if (what.startsWith("R")) {
            return QueueTools.postqueue(terminal, instance, 's', what.substring(1));
        }
        return QueueTools.postqueue(terminal, instance, 'f', "");
    }

    private static int submit(Terminal terminal, Instance instance, GetOpt options) throws Terminal.Fatal {
        boolean extract = options.has('t');
        var recipients = new ArrayList<String>();
        options.operands().forEach(operand -> HeaderAddresses.parse(operand, recipients));
        if (!extract && recipients.isEmpty()) {
            throw new Terminal.Fatal(TEMPORARY, caller() + "Recipient addresses must be specified on the command line or via the -t option");
        }
        boolean dotIsData = options.has('i') || options.values('o').contains("i");
        try {
            InputStream body = dotIsData ? terminal.in() : new DotEnded(terminal.in());
            if (extract) {
                byte[] header = header(body);
                HeaderAddresses.recipients(new String(header, StandardCharsets.UTF_8), recipients);
                body = new SequenceInputStream(new ByteArrayInputStream(header), body);
                if (recipients.isEmpty()) {
                    throw new Terminal.Fatal(TEMPORARY, caller() + "No recipient addresses found in message header");
                }
            }
            requireText(recipients);
            var mail = new MaildropFile(sender(terminal, options), options.has('F') ? options.value('F', "") : FullName.ofUser(), recipients, ret(terminal, options),
                    options.value('V', ""), dsn(terminal, options), tls(options));
            Path maildrop = Path.of(instance.settings().text("queue_directory"), "maildrop");
            mail.write(maildrop, body, Long.parseLong(instance.settings().text("message_size_limit")));
            return 0;
        } catch (IOException e) {
            throw new Terminal.Fatal(TEMPORARY, e instanceof java.nio.file.NoSuchFileException
                    ? "maildrop directory missing: " + e.getMessage() + ": start the server once" : "cannot submit: " + e.getMessage());
        }
    }

    /** Nobody has such an address; what a wrong one would become is not for us to guess. */
    private static void requireText(List<String> addresses) throws Terminal.Fatal {
        for (String address : addresses) {
            if (!Arguments.isText(address)) {
                throw new Terminal.Fatal(TEMPORARY, "non-UTF-8 address: \"" + MailLog.printable(address) + "\"");
            }
        }
    }

    /** Who calls, as Postfix's messages begin. */
    private static String caller() {
        String name = System.getProperty("user.name", "nobody");
        try {
            return name + "(" + java.nio.file.Files.getAttribute(Path.of("/proc/self"), "unix:uid") + "): ";
        } catch (IOException | UnsupportedOperationException e) {
            // No such file system: the name says enough.
            return name + ": ";
        }
    }

    private static String sender(Terminal terminal, GetOpt options) throws Terminal.Fatal {
        String given = options.value('f', options.value('r', ""));
        if (given.equals("<>")) {
            return "";
        }
        var parsed = new ArrayList<String>();
        HeaderAddresses.parse(given, parsed);
        if (!parsed.isEmpty() && parsed.getFirst().indexOf(' ') >= 0 && given.indexOf('"') < 0) {
            terminal.warn("-f option specified malformed sender: " + given);
            parsed.set(0, parsed.getFirst().substring(0, parsed.getFirst().indexOf(' ')));
        }
        requireText(parsed);
        // An explicit empty -f is the null sender; without -f the login name speaks.
        return !parsed.isEmpty() ? parsed.getFirst() : options.has('f') || options.has('r') ? "" : System.getProperty("user.name", "nobody");
    }

    private static Ret ret(Terminal terminal, GetOpt options) {
        return switch (options.value('R', "").toLowerCase(java.util.Locale.ROOT)) {
            case "" -> Ret.UNSPECIFIED;
            case "full" -> Ret.FULL;
            case "hdrs" -> Ret.HDRS;
            default -> {
                terminal.warn("bad -R option value -- ignored");
                yield Ret.UNSPECIFIED;
            }
        };
    }

    /** The last {@code -O requiretls=} counts; other options of this kind are those of other sendmail programs. */
    private static TlsRequest tls(GetOpt options) {
        TlsRequest request = TlsRequest.UNSPECIFIED;
        for (String option : options.values('O')) {
            if (option.regionMatches(true, 0, "requiretls=", 0, 11)) {
                request = option.substring(11).equalsIgnoreCase("yes") ? TlsRequest.REQUIRED : TlsRequest.UNSPECIFIED;
            }
        }
        return request;
    }

    private static Notify dsn(Terminal terminal, GetOpt options) {
        try {
            return options.has('N') ? MaildropFile.parseNotify(options.value('N', "")) : Notify.DEFAULT;
        } catch (IllegalArgumentException e) {
            terminal.warn("bad -N option value -- ignored");
            return Notify.DEFAULT;
        }
    }

    /** Reads up to and with the empty line that ends the header. */
    private static byte[] header(InputStream in) throws IOException, Terminal.Fatal {
        var header = new ByteArrayOutputStream();
        int length = 0;
        for (int b = in.read(); b >= 0; b = in.read()) {
            header.write(b);
            if (b == '\n') {
                if (length == 0) {
                    break;
                }
                length = 0;
            } else if (b != '\r') {
                length++;
            }
            if (header.size() > HEADER_LIMIT) {
                throw new Terminal.Fatal(TEMPORARY, "message header is longer than " + HEADER_LIMIT + " bytes");
            }
        }
        return header.toByteArray();
    }

    /** Ends at a line that is a dot alone, as sendmail does without {@code -i}. */
    private static final class DotEnded extends InputStream {
        private final InputStream in;
        private boolean lineStart = true;
        private boolean ended;
        private int pending = -2;

        DotEnded(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            if (ended) {
                return -1;
            }
            int b = pending == -2 ? in.read() : pending;
            pending = -2;
            if (lineStart && b == '.') {
                int next = in.read();
                if (next == '\r') {
                    next = in.read();
                }
                if (next == '\n' || next < 0) {
                    ended = true;
                    return -1;
                }
                pending = next;
            }
            lineStart = b == '\n';
            return b;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int n = 0;
            while (n < length) {
                int b = read();
                if (b < 0) {
                    break;
                }
                bytes[offset + n++] = (byte) b;
                if (b == '\n' && n > length / 2) {
                    break;
                }
            }
            return n == 0 && length > 0 ? -1 : n;
        }
    }
}
