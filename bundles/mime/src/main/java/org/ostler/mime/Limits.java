// SPDX-License-Identifier: Apache-2.0
package org.ostler.mime;

/**
 * Bounds of the scanner.
 *
 * @param nesting  mime_nesting_limit: multiparts inside each other; deeper ones pass unchanged
 * @param boundary mime_boundary_length_limit: bytes of a boundary that count
 * @param header   header_size_limit: bytes of one header that are looked at
 */
public record Limits(int nesting, int boundary, int header) {

    /** Postfix's defaults. */
    public static final Limits DEFAULT = new Limits(100, 2048, 102_400);
}
