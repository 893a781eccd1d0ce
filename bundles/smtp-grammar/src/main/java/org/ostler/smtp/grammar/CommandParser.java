// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.Reply;
import org.ostler.mail.model.Ret;
import org.ostler.smtp.grammar.Command.Malformed;

/**
 * Command lines to {@link Command} values, with Postfix's words for what is wrong.
 *
 * <p>A command that cannot be read becomes {@link Malformed} with its reply, so that the caller can first say whether the command might come at all. Immutable, any
 * thread, no blocking.
 *
 * <h2>Standards</h2> RFC 5321 section 4.1.1, RFC 1870, RFC 6152, RFC 6531 section 3.4, RFC 3461 section 4, RFC 3030 section 2, RFC 1985, RFC 8689 section 2
 */
public final class CommandParser {

    /**
     * What the server allows.
     *
     * @param strictEnvelopes strict_rfc821_envelopes
     * @param allowMinUser    allow_min_user: an address may begin with {@code -}
     * @param dsn             RET, ENVID, NOTIFY and ORCPT are served
     * @param smtpUtf8        the SMTPUTF8 option is served
     * @param requireTls      the REQUIRETLS option is served: the session is encrypted (RFC 8689 section 2)
     */
    public record Options(boolean strictEnvelopes, boolean allowMinUser, boolean dsn, boolean smtpUtf8, boolean requireTls) {
        public static final Options DEFAULT = new Options(false, false, true, true);

        /** Of a session in the clear. */
        public Options(boolean strictEnvelopes, boolean allowMinUser, boolean dsn, boolean smtpUtf8) {
            this(strictEnvelopes, allowMinUser, dsn, smtpUtf8, false);
        }
    }

    private final Options options;

    public CommandParser(Options options) {
        this.options = options;
    }

    /** @param verb of the line's first word */
    public Command parse(Verb verb, CommandLine line) {
        List<String> args = line.arguments();
        return switch (verb) {
            case HELO, EHLO -> hello(verb, args);
            case MAIL -> mail(args);
            case RCPT -> rcpt(args);
            case BDAT -> bdat(args);
            case VRFY -> vrfy(args);
            case ETRN -> etrn(args);
            case XCLIENT, XFORWARD -> args.isEmpty()
                    ? bad(verb, 501, "5.5.4", "Syntax: " + verb + " attribute=value...") : new Command.Attributes(verb, args);
            case DATA, RSET, STARTTLS -> args.isEmpty()
                    ? new Command.Simple(verb) : bad(verb, 501, "5.5.4", "Syntax: " + verb);
            case NOOP, QUIT, HELP, AUTH -> new Command.Simple(verb);
        };
    }

    private static Command hello(Verb verb, List<String> args) {
        return args.isEmpty()
                ? new Malformed(verb, Reply.of(501, "Syntax: " + verb + " hostname"))
                : new Command.Hello(verb, args.size() == 1 ? args.getFirst() : String.join(" ", args));
    }

    private static Malformed bad(Verb verb, int code, String status, String text) {
        return new Malformed(verb, Reply.of(code, status, text));
    }

    private Optional<AddressSyntax.Path> path(String text) {
        return AddressSyntax.read(text, options.strictEnvelopes)
                .filter(path -> options.allowMinUser || !path.address().localPart().startsWith("-"));
    }

    private Command mail(List<String> args) {
        if (args.size() < 2 || !args.getFirst().equalsIgnoreCase("FROM:")) {
            return bad(Verb.MAIL, 501, "5.5.4", "Syntax: MAIL FROM:<address>");
        }
        Optional<AddressSyntax.Path> path = path(args.get(1));
        if (path.isEmpty()) {
            return bad(Verb.MAIL, 501, "5.1.7", "Bad sender address syntax");
        }
        Address from = path.get().address();
        if (args.size() == 2) {
            return new Command.Mail(from, Command.MailOptions.NONE);
        }
        var parsed = new MailOptionReader(options);
        for (String arg : args.subList(2, args.size())) {
            Optional<Reply> wrong = parsed.read(arg);
            if (wrong.isPresent()) {
                return new Malformed(Verb.MAIL, wrong.get());
            }
        }
        return new Command.Mail(from, parsed.result());
    }

    /** Collects the options of one MAIL. */
    private static final class MailOptionReader {
        private final Options options;
        private long size;
        private Body body = Body.UNSPECIFIED;
        private boolean smtpUtf8;
        private boolean requireTls;
        private boolean authGiven;
        private Ret ret = Ret.UNSPECIFIED;
        private String envelopeId = "";

        MailOptionReader(Options options) {
            this.options = options;
        }

        Command.MailOptions result() {
            return new Command.MailOptions(size, body, smtpUtf8, ret, envelopeId, requireTls);
        }

        Optional<Reply> read(String arg) {
            String upper = arg.toUpperCase(Locale.ROOT);
            if (upper.startsWith("SIZE=")) {
                return size(arg.substring(5));
            }
            if (upper.equals("BODY=8BITMIME")) {
                body = Body.EIGHT_BIT_MIME;
            } else if (upper.equals("BODY=7BIT")) {
                body = Body.SEVEN_BIT;
            } else if (upper.equals("SMTPUTF8") && options.smtpUtf8) {
                smtpUtf8 = true;
            } else if (upper.equals("REQUIRETLS") && options.requireTls) {
                requireTls = true;
            } else if (upper.startsWith("AUTH=")) {
                return authenticated(arg.substring(5));
            } else if (upper.startsWith("RET=")) {
                return ret(upper.substring(4));
            } else if (upper.startsWith("ENVID=")) {
                return envelopeId(arg.substring(6));
            } else {
                return Optional.of(unsupported(arg));
            }
            return Optional.empty();
        }

        /** A server that has not authenticated the client takes any value for {@code <>} (RFC 4954 section 5), also one that is no xtext, as Postfix does. */
        private Optional<Reply> authenticated(String who) {
            if (authGiven) {
                return Optional.of(Reply.of(503, "5.5.4", "Error: multiple AUTH= options"));
            }
            authGiven = !who.equals("<>");
            return Optional.empty();
        }

        private Optional<Reply> size(String digits) {
            if (!isDigits(digits)) {
                return Optional.of(Reply.of(501, "5.5.4", "Bad message size syntax"));
            }
            try {
                size = Long.parseLong(digits);
                return Optional.empty();
            } catch (NumberFormatException tooLarge) {
                return Optional.of(Reply.of(552, "5.3.4", "Message size exceeds file system imposed limit"));
            }
        }

        private Optional<Reply> ret(String word) {
            if (!options.dsn) {
                return Optional.of(dsnDisabled());
            }
            if (ret != Ret.UNSPECIFIED || !word.equals("FULL") && !word.equals("HDRS")) {
                return Optional.of(Reply.of(501, "5.5.4", "Bad RET parameter syntax"));
            }
            ret = Ret.valueOf(word);
            return Optional.empty();
        }

        private Optional<Reply> envelopeId(String xtext) {
            if (!options.dsn) {
                return Optional.of(dsnDisabled());
            }
            String decoded = Xtext.decode(xtext).orElse("");
            if (!envelopeId.isEmpty() || decoded.isEmpty() || !isPrintable(decoded)) {
                return Optional.of(Reply.of(501, "5.5.4", "Bad ENVID parameter syntax"));
            }
            envelopeId = decoded;
            return Optional.empty();
        }
    }

    private Command rcpt(List<String> args) {
        if (args.size() < 2 || !args.getFirst().equalsIgnoreCase("TO:")) {
            return bad(Verb.RCPT, 501, "5.5.4", "Syntax: RCPT TO:<address>");
        }
        Optional<AddressSyntax.Path> path = path(args.get(1));
        if (path.isEmpty() || path.get().ambiguous() || path.get().address().isNull()) {
            return bad(Verb.RCPT, 501, "5.1.3", "Bad recipient address syntax");
        }
        Notify notify = Notify.DEFAULT;
        String original = "";
        for (String arg : args.subList(2, args.size())) {
            String upper = arg.toUpperCase(Locale.ROOT);
            boolean isNotify = upper.startsWith("NOTIFY=");
            if (!isNotify && !upper.startsWith("ORCPT=")) {
                return new Malformed(Verb.RCPT, unsupported(arg));
            }
            if (!options.dsn) {
                return new Malformed(Verb.RCPT, dsnDisabled());
            }
            if (isNotify) {
                Optional<Notify> read = notifyWords(upper.substring(7));
                if (read.isEmpty() || notify.given()) {
                    return bad(Verb.RCPT, 501, "5.5.4", "Error: Bad NOTIFY parameter syntax");
                }
                notify = read.get();
            } else {
                Optional<String> read = originalRecipient(arg.substring(6));
                if (read.isEmpty() || !original.isEmpty()) {
                    return bad(Verb.RCPT, 501, "5.5.4", "Error: Bad ORCPT parameter syntax");
                }
                original = read.get();
            }
        }
        return new Command.Rcpt(path.get().address(), notify, original);
    }

    private static Optional<Notify> notifyWords(String words) {
        boolean never = false;
        boolean success = false;
        boolean failure = false;
        boolean delay = false;
        int count = 0;
        for (String word : words.split(",")) {
            switch (word) {
                case "NEVER" -> never = true;
                case "SUCCESS" -> success = true;
                case "FAILURE" -> failure = true;
                case "DELAY" -> delay = true;
                case "" -> count--;
                default -> {
                    return Optional.empty();
                }
            }
            count++;
        }
        boolean others = success || failure || delay;
        return count <= 0 || never && others ? Optional.empty() : Optional.of(new Notify(true, success, failure, delay));
    }

    /**
     * {@code rfc822;joe+2Bx@example.org}: a type, a semicolon, xtext (RFC 3461 section 4.2) or, for utf-8, its Unicode form (RFC 6533 section 3). The type need not be an atom and the value may hold
     * control characters other than NUL, as in Postfix; who writes them down makes them printable.
     */
    private static Optional<String> originalRecipient(String text) {
        int semicolon = text.indexOf(';');
        if (semicolon < 1 || !isVisible(text, semicolon)) {
            return Optional.empty();
        }
        String type = text.substring(0, semicolon);
        String value = text.substring(semicolon + 1);
        boolean unicode = type.equalsIgnoreCase("utf-8");
        Optional<String> decoded = unicode ? Xtext.decodeUnicode(value).flatMap(Xtext::decode) : Xtext.decode(value);
        return decoded.filter(d -> d.indexOf('\0') < 0).map(d -> type + ';' + d);
    }

    private static boolean isVisible(String text, int end) {
        for (int i = 0; i < end; i++) {
            if (text.charAt(i) <= ' ' || text.charAt(i) >= 0x7f) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPrintable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c >= 0x7f) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDigits(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private static Reply unsupported(String arg) {
        return Reply.of(555, "5.5.4", "Unsupported option: " + printable(arg));
    }

    private static String printable(String text) {
        var out = new StringBuilder(text);
        for (int i = 0; i < out.length(); i++) {
            if (Character.isISOControl(out.charAt(i))) {
                out.setCharAt(i, '?');
            }
        }
        return out.toString();
    }

    private static Reply dsnDisabled() {
        return Reply.of(501, "5.7.1", "DSN support is disabled");
    }

    private static Command bdat(List<String> args) {
        boolean words = args.size() == 1 || args.size() == 2 && args.get(1).equalsIgnoreCase("LAST");
        if (words && isDigits(args.getFirst())) {
            try {
                return new Command.Bdat(Long.parseLong(args.getFirst()), args.size() == 2);
            } catch (NumberFormatException tooLarge) {
                return bdatSyntax();
            }
        }
        return bdatSyntax();
    }

    /** 521: where the chunk begins and ends is unknown, so the connection cannot go on. */
    private static Command bdatSyntax() {
        return bad(Verb.BDAT, 521, "5.5.4", "Syntax: BDAT count [LAST]");
    }

    private Command vrfy(List<String> args) {
        boolean utf8 = options.smtpUtf8 && !args.isEmpty() && args.getLast().equalsIgnoreCase("SMTPUTF8");
        List<String> words = utf8 ? args.subList(0, args.size() - 1) : args;
        if (words.isEmpty()) {
            return bad(Verb.VRFY, 501, "5.5.4", "Syntax: VRFY address" + (options.smtpUtf8 ? " [SMTPUTF8]" : ""));
        }
        String text = String.join(" ", words);
        Optional<AddressSyntax.Path> path = path(text);
        boolean undeclared = !utf8 && path.map(p -> p.address().domain()).orElse("").chars().anyMatch(c -> c > 0x7f);
        return words.size() > 1 || path.isEmpty() || path.get().ambiguous() || path.get().address().isNull() || undeclared
                ? bad(Verb.VRFY, 501, "5.1.3", "Bad recipient address syntax")
                : new Command.Vrfy(printable(text), path.get().address());
    }

    private static Command etrn(List<String> args) {
        if (args.size() != 1) {
            return new Malformed(Verb.ETRN, Reply.of(500, "Syntax: ETRN domain"));
        }
        String name = args.getFirst();
        String domain = name.startsWith("@") || name.startsWith("#") ? name.substring(1) : name;
        return DomainSyntax.isMailDomain(domain)
                ? new Command.Etrn(domain)
                : new Malformed(Verb.ETRN, Reply.of(501, "Error: invalid parameter syntax"));
    }
}
