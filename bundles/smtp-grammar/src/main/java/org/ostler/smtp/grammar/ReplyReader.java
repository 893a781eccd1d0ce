// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.model.Reply;

/**
 * Reads the replies of a server.
 *
 * <p>Bounded in every direction: a line beyond {@link Limits#line} is cut, the text beyond {@link Limits#lines} lines is read and dropped, and a reply beyond {@link Limits#most}
 * lines ends the conversation. The enhanced status is taken from the last line that has one whose first digit agrees with the reply code (RFC 2034); it is
 * removed from the texts.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> waits for the peer. <b>Errors</b> {@link java.io.EOFException} where the peer leaves; {@link BadReplyException} for what is no
 * reply. Both end the session; neither says anything about the mail.
 *
 * <h2>Standards</h2> RFC 5321 section 4.2, RFC 2034, RFC 3463
 */
public final class ReplyReader {

    /**
     * @param line  bytes of a line that are kept
     * @param lines lines that are kept
     * @param most  lines that are read at all
     */
    public record Limits(int line, int lines, int most) {
        public static final Limits DEFAULT = new Limits(2048, 100, 10_000);
    }

    /** What came is no SMTP reply. */
    public static final class BadReplyException extends IOException {
        private static final long serialVersionUID = 1L;

        public BadReplyException(String message) {
            super(message);
        }
    }

    private final WireInput in;
    private final Limits limits;

    public ReplyReader(WireInput in) {
        this(in, Limits.DEFAULT);
    }

    public ReplyReader(WireInput in, Limits limits) {
        this.in = in;
        this.limits = limits;
    }

    public Reply read() throws IOException {
        var texts = new ArrayList<String>(2);
        for (int count = 1; count <= limits.most; count++) {
            String line = in.readLine(limits.line).text();
            int code = code(line);
            if (texts.size() < limits.lines) {
                texts.add(clean(line, 4));
            }
            if (line.length() == 3 || line.charAt(3) != '-') {
                return reply(code, texts);
            }
        }
        throw new BadReplyException("reply of more than " + limits.most + " lines");
    }

    private static int code(String line) throws BadReplyException {
        boolean good = line.length() >= 3 && isDigit(line, 0) && isDigit(line, 1) && isDigit(line, 2)
                && line.charAt(0) >= '2' && line.charAt(0) <= '5'
                && (line.length() == 3 || line.charAt(3) == ' ' || line.charAt(3) == '-');
        if (!good) {
            throw new BadReplyException("not an SMTP reply: " + clean(line.length() > 100 ? line.substring(0, 100) : line, 0));
        }
        return (line.charAt(0) - '0') * 100 + (line.charAt(1) - '0') * 10 + line.charAt(2) - '0';
    }

    private static boolean isDigit(String line, int at) {
        return line.charAt(at) >= '0' && line.charAt(at) <= '9';
    }

    private static Reply reply(int code, List<String> texts) {
        Optional<EnhancedStatus> status = status(code, texts.getFirst());
        for (String text : texts) {
            if (status.isEmpty() || !status(code, text).equals(status)) {
                // Lines of several minds, or without any: each is passed on as it is.
                return new Reply(code, Optional.empty(), texts);
            }
        }
        texts.replaceAll(text -> text.indexOf(' ') < 0 ? "" : text.substring(text.indexOf(' ') + 1).stripLeading());
        return new Reply(code, status, texts);
    }

    /** The reply's status; where its lines do not agree, the last that there is. A status of another class than the code's does not count. */
    public static Optional<EnhancedStatus> status(Reply reply) {
        Optional<EnhancedStatus> last = reply.status();
        for (int i = reply.lines().size() - 1; i >= 0 && last.isEmpty(); i--) {
            last = status(reply.code(), reply.lines().get(i));
        }
        return last;
    }

    private static Optional<EnhancedStatus> status(int code, String text) {
        return EnhancedStatus.parse(text).filter(s -> s.kind() == code / 100);
    }

    /** Text from an index on, control characters replaced: it goes to logs and reports. */
    private static String clean(String line, int from) {
        if (line.length() <= from) {
            return "";
        }
        var out = new StringBuilder(line.length() - from).append(line, from, line.length());
        for (int i = 0; i < out.length(); i++) {
            if (Character.isISOControl(out.charAt(i))) {
                out.setCharAt(i, '?');
            }
        }
        return out.toString();
    }
}
