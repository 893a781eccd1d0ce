// SPDX-License-Identifier: Apache-2.0
package org.ostler.lmdb;

/** LMDB refused or failed; {@link #code} is its return value: negative ones are LMDB's own (constants of {@link Lmdb}), positive ones are {@code errno}. */
public final class LmdbException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int code;

    public LmdbException(String call, int code) {
        super(call + ": " + Lmdb.message(code));
        this.code = code;
    }

    public int code() {
        return code;
    }
}
