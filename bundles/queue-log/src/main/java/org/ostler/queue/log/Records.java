// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.util.zip.CRC32C;

/**
 * The frame of a record in a segment.
 *
 * <pre>
 *   0  int   magic
 *   4  int   length, frame included, without the padding to a multiple of 8
 *   8  int   CRC-32C of salt, segment number and everything from byte 12 on
 *  12  byte  type: MESSAGE, STATE, REMOVE, END, FILL
 *  13  byte  flags
 *  16  long  sequence of the message: the part of the queue id that is unique for ever
 *  24  int   group: number of the flush that carried it, counted from one in each segment
 *  28  int   head: for a MESSAGE the bytes from the start of the frame to the end of the envelope, which ends in a CRC of its own
 *  32  ...   body
 * </pre>
 *
 * <p>The salt is random per store and secret: nobody can hide a record in a message that a scan past damage would take for a real one.
 *
 * <p><b>Threads</b> one per instance.
 */
final class Records {

    static final int MAGIC = 0x52_74_73_4F;
    static final int FRAME = 32;
    static final int ALIGN = 8;
    /** Bodies beyond this are refused: nothing in a scan needs more memory. */
    static final int LARGEST = 256 << 20;

    static final byte MESSAGE = 1;
    static final byte STATE = 2;
    static final byte REMOVE = 3;
    /** The segment was closed in order: everything before it was flushed. */
    static final byte END = 4;
    /** Covers the remains of a torn group, so that a later scan does not take them for damage. */
    static final byte FILL = 5;

    static final byte SPOOLED = 1;
    static final byte ON_HOLD = 2;

    private final CRC32C crc = new CRC32C();
    private final byte[] seed = new byte[12];
    private final Wire seedWire = new Wire(seed);

    Records(long salt) {
        seedWire.putLong(salt);
    }

    /** Starts a record. @return where it starts, for {@link #end} */
    static int begin(Wire out, byte type, int flags, long sequence, int group) {
        int start = out.at;
        out.room(FRAME);
        out.putInt(MAGIC);
        out.putInt(0);
        out.putInt(0);
        out.putByte(type);
        out.putByte(flags);
        out.putByte(0);
        out.putByte(0);
        out.putLong(sequence);
        out.putInt(group);
        out.putInt(0);
        return start;
    }

    /** Sets length and checksum and pads. @return the length without padding */
    int end(Wire out, int start, int segment) {
        int length = out.at - start;
        out.setInt(start + 4, length);
        out.setInt(start + 8, checksum(out.bytes, start, length, segment));
        while ((out.at & ALIGN - 1) != 0) {
            out.putByte(0);
        }
        return length;
    }

    /** Ends the head of a MESSAGE with its own checksum. */
    void endHead(Wire out, int start) {
        out.setInt(start + 28, out.at + 4 - start);
        out.putInt(headChecksum(out.bytes, start, out.at + 4 - start));
    }

    int checksum(byte[] bytes, int start, int length, int segment) {
        seedWire.setInt(8, segment);
        crc.reset();
        crc.update(seed, 0, 12);
        crc.update(bytes, start + 12, length - 12);
        return (int) crc.getValue();
    }

    private int headChecksum(byte[] bytes, int start, int head) {
        crc.reset();
        crc.update(seed, 0, 8);
        crc.update(bytes, start + 16, 8);
        crc.update(bytes, start + FRAME, head - 4 - FRAME);
        return (int) crc.getValue();
    }

    /** Whether a whole record stands at {@code start}. */
    boolean isValid(byte[] bytes, int start, int available, int segment) {
        int length = lengthAt(bytes, start, available);
        return length > 0 && length <= available && Wire.intAt(bytes, start + 8) == checksum(bytes, start, length, segment);
    }

    /** Whether the head of a MESSAGE is sound, whatever the rest. */
    boolean isHeadValid(byte[] bytes, int start, int available) {
        int head = available < FRAME ? 0 : Wire.intAt(bytes, start + 28);
        return head >= FRAME + 4 && head <= available && Wire.intAt(bytes, start + head - 4) == headChecksum(bytes, start, head);
    }

    /** The length that a frame claims; 0 where there is no frame. */
    static int lengthAt(byte[] bytes, int start, int available) {
        if (available < FRAME || Wire.intAt(bytes, start) != MAGIC) {
            return 0;
        }
        int length = Wire.intAt(bytes, start + 4);
        return length >= FRAME && length <= LARGEST ? length : 0;
    }

    static int padded(int length) {
        return length + ALIGN - 1 & -ALIGN;
    }
}
