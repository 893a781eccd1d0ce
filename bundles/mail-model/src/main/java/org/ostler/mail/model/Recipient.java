// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.model;

import java.util.Objects;

/**
 * One recipient of a message.
 *
 * @param address     where to deliver
 * @param original    as the client gave it, before aliases; equal to {@code address} where nothing was rewritten. Shown as {@code orig_to}
 * @param dsnOriginal ORCPT value, decoded, with its type: {@code rfc822;joe@example.org}; empty when there is none (RFC 3461 section 4.2)
 * @param dsnNotify      when the sender is told
 */
public record Recipient(Address address, Address original, String dsnOriginal, Notify dsnNotify) {

    public Recipient {
        Objects.requireNonNull(address);
        Objects.requireNonNull(original);
        Objects.requireNonNull(dsnOriginal);
        Objects.requireNonNull(dsnNotify);
    }

    public static Recipient of(Address address) {
        return new Recipient(address, address, "", Notify.DEFAULT);
    }

    public Recipient withAddress(Address other) {
        return new Recipient(other, original, dsnOriginal, dsnNotify);
    }
}
