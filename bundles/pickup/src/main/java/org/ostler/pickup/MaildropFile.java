// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;

/**
 * A message in the maildrop directory.
 *
 * <pre>
 *   ostler-maildrop 1
 *   sender joe@example.org          internal form; backslash, LF and CR written \\ \n \r
 *   fullname Joe                    optional
 *   ret HDRS   envid X   notify SUCCESS,FAILURE    optional
 *   tls REQUIRED                    optional
 *   recipient ann@example.org       one or more
 *   (empty line)
 *   content with LF line ends
 * </pre>
 *
 * @param sender     empty for the null sender
 * @param fullName   for a From header that has to be made; may be empty
 * @param recipients internal form
 * @param ret        DSN RET
 * @param envelopeId DSN ENVID
 * @param dsnNotify  for all recipients
 * @param tls        what the sender asks of TLS besides what the header says
 */
public record MaildropFile(String sender, String fullName, List<String> recipients, Ret ret, String envelopeId, Notify dsnNotify, TlsRequest tls) {

    private static final String MAGIC = "ostler-maildrop 1";
    static final int LONGEST_LINE = 8192;
    static final int MOST_RECIPIENTS = 100_000;

    public MaildropFile {
        recipients = List.copyOf(recipients);
    }

    /**
     * Writes a file and makes it ready. Durable on return. The directory hands its group on to the file ({@link Pickup}), so that the server, which is
     * another user than the sender, reads it and nobody else does.
     *
     * @param content LF or CR LF line ends
     * @param limit   most bytes of content, 0 for none; more is an {@link IOException} that says "message file too big"
     * @return the file
     */
    public Path write(Path maildrop, InputStream content, long limit) throws IOException {
        return write(maildrop, content, limit, channel -> channel.force(true));
    }

    /** How a file gets to stable storage; no test can cut the power. */
    @FunctionalInterface
    interface Flush {
        void force(FileChannel channel) throws IOException;
    }

    Path write(Path maildrop, InputStream content, long limit, Flush flush) throws IOException {
        Path file = maildrop.resolve(System.currentTimeMillis() + "." + ProcessHandle.current().pid() + "." + Long.toHexString(random()));
        boolean complete = false;
        try (FileChannel channel = FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")))) {
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 64 * 1024);
            out.write(header().getBytes(StandardCharsets.UTF_8));
            copy(content, out, limit);
            out.flush();
            // In this order: after a power cut a file that says it is ready must be whole.
            flush.force(channel);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-----"));
            flush.force(channel);
            complete = true;
        } finally {
            if (!complete) {
                Files.deleteIfExists(file);
            }
        }
        return file;
    }

    /** So that nobody takes the name beforehand. Read from the system itself: the JDK's own way takes a sixth of all the time that sendmail needs. */
    private static long random() {
        try (var in = new DataInputStream(Files.newInputStream(Path.of("/dev/urandom")))) {
            return in.readLong();
        } catch (IOException _) {
            return new SecureRandom().nextLong();
        }
    }

    private String header() {
        var out = new StringBuilder(MAGIC).append('\n');
        line(out, "sender", sender);
        line(out, "fullname", fullName);
        line(out, "envid", envelopeId);
        line(out, "ret", ret == Ret.UNSPECIFIED ? "" : ret.name());
        line(out, "notify", dsnNotify.toString());
        line(out, "tls", tls == TlsRequest.UNSPECIFIED ? "" : tls.name());
        recipients.forEach(recipient -> line(out, "recipient", recipient));
        return out.append('\n').toString();
    }

    private static void line(StringBuilder out, String name, String value) {
        if (!value.isEmpty()) {
            out.append(name).append(' ').append(value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")).append('\n');
        }
    }

    private static void copy(InputStream in, OutputStream out, long limit) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        long size = 0;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            size += n;
            if (limit > 0 && size > limit) {
                throw new IOException("message file too big");
            }
            out.write(buffer, 0, n);
        }
    }

    /** The file is complete and has not the form of a maildrop file: nobody will ever read it. Trouble of the disk is another {@link IOException}. */
    static final class FormException extends IOException {
        private static final long serialVersionUID = 1L;

        FormException(String message) {
            super(message);
        }
    }

    /** A file opened for reading: the envelope is read, the stream stands at the content. */
    record Opened(MaildropFile envelope, InputStream content) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            content.close();
        }
    }

    /** Whether a file in the maildrop is complete. Symbolic links are not followed. */
    static boolean isReady(Path file) throws IOException {
        return Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS).contains(java.nio.file.attribute.PosixFilePermission.OWNER_EXECUTE);
    }

    /** Throws {@link FormException} where the form is not the one above. The caller closes the result. */
    static Opened open(Path file) throws IOException {
        InputStream in = new BufferedInputStream(Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS), 64 * 1024);
        try {
            return new Opened(read(in), in);
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    private static MaildropFile read(InputStream in) throws IOException {
        String first = readLine(in);
        if (!MAGIC.equals(first)) {
            // Another version of sendmail than of the server, in the middle of an update or after one was taken back: that is somebody's mail all the same.
            throw first.matches("ostler-maildrop \\d{1,9}") ? new IOException(first + ": a format of another version") : new FormException("not a maildrop file");
        }
        String sender = "";
        String fullName = "";
        String envelopeId = "";
        Ret ret = Ret.UNSPECIFIED;
        Notify notify = Notify.DEFAULT;
        TlsRequest tls = TlsRequest.UNSPECIFIED;
        var recipients = new ArrayList<String>();
        for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
            int blank = line.indexOf(' ');
            String value = unescape(line.substring(blank + 1));
            switch (blank < 0 ? "" : line.substring(0, blank)) {
                case "sender" -> sender = value;
                case "fullname" -> fullName = value;
                case "envid" -> envelopeId = value;
                case "ret" -> ret = value.equals("HDRS") ? Ret.HDRS : Ret.FULL;
                case "notify" -> notify = parseNotify(value);
                case "tls" -> tls = TlsRequest.valueOf(value);
                case "recipient" -> recipients.add(value);
                default -> throw new FormException("unknown line: " + line);
            }
            if (recipients.size() > MOST_RECIPIENTS) {
                throw new FormException("more than " + MOST_RECIPIENTS + " recipients");
            }
        }
        if (recipients.isEmpty()) {
            throw new FormException("no recipients");
        }
        return new MaildropFile(sender, fullName, recipients, ret, envelopeId, notify, tls);
    }

    /** NOTIFY value: {@code NEVER}, or a list of SUCCESS, FAILURE, DELAY. Anything else is an {@link IllegalArgumentException}. */
    public static Notify parseNotify(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        if (upper.equals("NEVER")) {
            return Notify.NEVER;
        }
        List<String> words = List.of(upper.split("\\s*,\\s*"));
        if (!Set.of("SUCCESS", "FAILURE", "DELAY").containsAll(words)) {
            throw new IllegalArgumentException("bad -N option value: " + text);
        }
        return new Notify(true, words.contains("SUCCESS"), words.contains("FAILURE"), words.contains("DELAY"));
    }

    private static String readLine(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream(80);
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0 || line.size() > LONGEST_LINE) {
                throw new FormException("unexpected end or oversized line");
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private static String unescape(String text) {
        var out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                char next = text.charAt(++i);
                out.append(next == 'n' ? '\n' : next == 'r' ? '\r' : next);
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    Address senderAddress() {
        return Address.of(sender);
    }
}
