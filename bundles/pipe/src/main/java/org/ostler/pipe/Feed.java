// SPDX-License-Identifier: Apache-2.0
package org.ostler.pipe;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.model.Recipient;

/** Writes the message to the command's standard input: headers that flags ask for, the row's line ends, {@code .} and {@code >} quoting. */
final class Feed {

    private static final DateTimeFormatter FROM_DATE = DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ROOT);

    private final Attributes row;
    private final Delivery delivery;
    private final byte[] eol;

    Feed(Attributes row, Delivery delivery) {
        this.row = row;
        this.delivery = delivery;
        this.eol = row.eol().getBytes(StandardCharsets.ISO_8859_1);
    }

    void write(OutputStream to) throws IOException {
        OutputStream out = new BufferedOutputStream(to, 32 * 1024);
        String sender = delivery.message().envelope().sender().isNull() ? row.nullSender() : delivery.message().envelope().sender().text();
        Recipient recipient = delivery.addresses().getFirst();
        if (row.has('F')) {
            line(out, "From " + (sender.isEmpty() ? "MAILER-DAEMON" : sender) + "  " + FROM_DATE.format(Instant.now().atZone(ZoneId.systemDefault())));
        }
        if (row.has('R')) {
            line(out, "Return-Path: <" + sender + ">");
        }
        if (row.has('O') && !recipient.original().isNull()) {
            line(out, "X-Original-To: " + recipient.original());
        }
        if (row.has('D')) {
            line(out, "Delivered-To: " + recipient.address());
        }
        content(out);
        if (row.has('B')) {
            out.write(eol);
        }
        out.flush();
    }

    private void line(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.write(eol);
    }

    /** A line is put together only up to the first bytes that decide about quoting. */
    private void content(OutputStream out) throws IOException {
        byte[] in = new byte[32 * 1024];
        byte[] from = "From ".getBytes(StandardCharsets.US_ASCII);
        int matched = 0;
        boolean lineStart = true;
        boolean matching = row.has('>');
        try (InputStream content = open()) {
            for (int n = read(content, in); n >= 0; n = read(content, in)) {
                for (int i = 0; i < n; i++) {
                    byte b = in[i];
                    if (b == '\r') {
                        continue;
                    }
                    if (lineStart && b == '.' && row.has('.')) {
                        out.write('.');
                    }
                    if (matching && (lineStart || matched > 0)) {
                        if (b == from[matched]) {
                            lineStart = false;
                            if (++matched == from.length) {
                                out.write('>');
                                out.write(from);
                                matched = 0;
                            }
                            continue;
                        }
                        out.write(from, 0, matched);
                        matched = 0;
                    }
                    lineStart = b == '\n';
                    if (lineStart) {
                        out.write(eol);
                    } else {
                        out.write(b);
                    }
                }
            }
        }
        out.write(from, 0, matched);
        if (!lineStart || matched > 0) {
            out.write(eol);
        }
    }

    /** The message cannot be read: what the command has got is not the message, whatever it says. */
    static final class Unreadable extends IOException {
        private static final long serialVersionUID = 1L;

        Unreadable(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    private InputStream open() throws Unreadable {
        try {
            return delivery.message().content().open();
        } catch (IOException e) {
            throw new Unreadable(e);
        }
    }

    private static int read(InputStream content, byte[] into) throws Unreadable {
        try {
            return content.read(into);
        } catch (IOException e) {
            throw new Unreadable(e);
        }
    }
}
