// SPDX-License-Identifier: Apache-2.0
package org.ostler.mime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;

/**
 * Converts a message for a host that takes 7 bits only.
 *
 * <h2>Description</h2>
 * Each part that declares {@code 8bit} or {@code binary} is written in quoted-printable, and its Content-Transfer-Encoding says so; multiparts and messages become {@code 7bit}. Parts that declare something else, preambles,
 * epilogues and header texts pass as they are: what they are was the sender's word. The results are Postfix's, byte for byte.
 *
 * <pre>
 *   HEADER   lines of a header; the empty line decides: PARTS, HEADER (of a message inside), or BODY
 *   BODY     a leaf, encoded or not, until a boundary of an enclosing multipart: HEADER of the next part, or PARTS after the last
 *   PARTS    preamble and epilogue: unchanged until a boundary
 * </pre>
 *
 * <h2>Standards</h2> RFC 2045, RFC 2046, RFC 6152 section 3
 *
 * <p><b>Threads</b> one. <b>Blocking</b> as the sink does. <b>Errors</b> those of the sink. Memory is bounded by {@link Limits}.
 */
public final class Downgrade implements AutoCloseable {

    private enum State { HEADER, BODY, PARTS }

    private record Level(byte[] boundary, boolean digest) {}

    private final Limits limits;
    private final Output out;
    private final QuotedPrintable encoder;
    private final ArrayDeque<Level> levels = new ArrayDeque<>();
    private final ByteArrayOutputStream header = new ByteArrayOutputStream();
    /** Where a line, or the part of it that matters, is put together. */
    private final byte[] line;
    private int lineUsed;
    private boolean pendingCr;
    /** The line in {@code line} is the rest of one whose beginning has been handled. */
    private boolean continued;
    private State state = State.HEADER;
    private boolean encode;
    private PartHeader part;
    /** A header line longer than the limit: the rest passes unseen. */
    private boolean oversized;
    private boolean eightBitHeader;

    public Downgrade(Limits limits, Sink sink) {
        this.limits = limits;
        this.out = new Output(sink);
        this.encoder = new QuotedPrintable(out);
        this.line = new byte[Math.max(8192, limits.boundary() + 16)];
        this.part = new PartHeader(false, limits.boundary());
    }

    /** Whether anything in the bytes needs eight bits. */
    public static boolean hasEightBit(byte[] bytes, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            if (bytes[i] < 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether a header seen so far, of the message or of a part of it, holds more than US-ASCII and so needs SMTPUTF8 (RFC 6531 section 3.5). */
    public boolean hasEightBitHeader() {
        return eightBitHeader;
    }

    /** Takes canonical content in pieces of any size. */
    public void write(byte[] bytes, int offset, int length) throws IOException {
        for (int i = offset; i < offset + length; i++) {
            byte b = bytes[i];
            if (b == '\n') {
                pendingCr = false;
                piece(true);
                continue;
            }
            if (pendingCr) {
                pendingCr = false;
                append((byte) '\r');
            }
            if (b == '\r') {
                pendingCr = true;
            } else {
                append(b);
            }
        }
    }

    private void append(byte b) throws IOException {
        if (lineUsed == line.length) {
            piece(false);
        }
        line[lineUsed++] = b;
    }

    /** Ends the message; flushes to the sink. */
    @Override
    public void close() throws IOException {
        if (pendingCr) {
            append((byte) '\r');
            pendingCr = false;
        }
        if (lineUsed > 0) {
            last();
        }
        if (state == State.HEADER) {
            endOfHeader();
        }
        out.flush();
    }

    /** The last line, which lacks its end. */
    private void last() throws IOException {
        if (state == State.HEADER || !continued && boundaryAt() != null) {
            piece(true);
        } else if (encode) {
            encoder.piece(line, 0, lineUsed);
            encoder.endOfText();
        } else {
            out.put(line, 0, lineUsed);
        }
        lineUsed = 0;
    }

    private void piece(boolean complete) throws IOException {
        switch (state) {
            case HEADER -> headerPiece(complete);
            case BODY, PARTS -> bodyPiece(complete);
        }
        lineUsed = 0;
        continued = !complete;
    }

    // ---- headers

    private void headerPiece(boolean complete) throws IOException {
        if (!continued && lineUsed == 0 && complete) {
            endOfHeader();
            out.crlf();
            afterHeader();
            return;
        }
        if (!continued) {
            boolean folded = line[0] == ' ' || line[0] == '\t';
            if (!folded) {
                endOfLogicalHeader();
                if (isBoundaryOrText()) {
                    return;
                }
            }
        }
        eightBitHeader |= hasEightBit(line, 0, lineUsed);
        if (header.size() + lineUsed > limits.header()) {
            // Too long to be looked at: what has been kept goes out as it is, and the rest follows.
            out.put(header.toByteArray(), 0, header.size());
            header.reset();
            oversized = true;
        }
        if (oversized) {
            out.put(line, 0, lineUsed);
            if (complete) {
                out.crlf();
            }
        } else {
            header.write(line, 0, lineUsed);
            if (complete) {
                header.write('\r');
                header.write('\n');
            }
        }
    }

    /** A line in the header that cannot be one: a boundary (a part without body), or the body after a missing empty line. */
    private boolean isBoundaryOrText() throws IOException {
        if (boundaryAt() == null && isHeaderLine()) {
            return false;
        }
        endOfHeader();
        boolean boundary = boundaryAt() != null;
        if (!boundary) {
            out.crlf();
            afterHeader();
        }
        bodyPiece(true);
        return true;
    }

    private boolean isHeaderLine() {
        for (int i = 0; i < lineUsed; i++) {
            byte b = line[i];
            if (b == ':') {
                return i > 0;
            }
            if (b <= ' ' || b == 127) {
                return false;
            }
        }
        return false;
    }

    private void endOfLogicalHeader() throws IOException {
        oversized = false;
        if (header.size() > 0) {
            byte[] bytes = header.toByteArray();
            header.reset();
            if (part.read(bytes, bytes.length)) {
                out.put(bytes, 0, bytes.length);
            }
        }
    }

    private void endOfHeader() throws IOException {
        endOfLogicalHeader();
        if (part.isEightBit()) {
            out.text("Content-Transfer-Encoding: " + (part.isEncodedWhole() ? "quoted-printable" : "7bit") + "\r\n");
        }
    }

    private void afterHeader() {
        encode = false;
        switch (part.kind()) {
            case MULTIPART -> {
                if (part.boundary().length > 0 && levels.size() < limits.nesting()) {
                    levels.push(new Level(part.boundary(), part.isDigest()));
                }
                state = State.PARTS;
            }
            case RFC822, GLOBAL -> {
                boolean encoded = part.kind() == PartHeader.Kind.GLOBAL && part.isEightBit();
                boolean nested = part.isIdentity() && !encoded;
                encode = encoded;
                state = nested ? State.HEADER : State.BODY;
                part = new PartHeader(false, limits.boundary());
            }
            case LEAF, OTHER_MESSAGE -> {
                state = State.BODY;
                encode = part.isEightBit();
            }
        }
    }

    // ---- bodies

    private void bodyPiece(boolean complete) throws IOException {
        Level level = continued ? null : boundaryAt();
        if (level != null) {
            while (levels.peek() != level) {
                levels.pop();
            }
            boolean last = isLastBoundary(level);
            if (last) {
                levels.pop();
                state = State.PARTS;
            } else {
                state = State.HEADER;
                part = new PartHeader(level.digest(), limits.boundary());
            }
            encode = false;
            out.put(line, 0, lineUsed);
            if (complete) {
                out.crlf();
            }
        } else if (encode) {
            encoder.piece(line, 0, lineUsed);
            if (complete) {
                encoder.endOfLine();
            }
        } else {
            out.put(line, 0, lineUsed);
            if (complete) {
                out.crlf();
            }
        }
    }

    /** The innermost level whose boundary the line begins with, or null. */
    private Level boundaryAt() {
        if (lineUsed < 3 || line[0] != '-' || line[1] != '-') {
            return null;
        }
        for (Level level : levels) {
            if (matches(level.boundary())) {
                return level;
            }
        }
        return null;
    }

    private boolean matches(byte[] boundary) {
        if (lineUsed < boundary.length + 2) {
            return false;
        }
        for (int i = 0; i < boundary.length; i++) {
            if (line[i + 2] != boundary[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean isLastBoundary(Level level) {
        int end = level.boundary().length + 2;
        return lineUsed >= end + 2 && line[end] == '-' && line[end + 1] == '-';
    }
}
