// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.cleanup;

import java.util.Map;
import java.util.Optional;

/**
 * Where a message comes from.
 *
 * @param source     who submits
 * @param attributes what is known of the client under Postfix's names; kept in the envelope ({@code client_name}, {@code client_address}, {@code helo_name}, {@code protocol_name} ...)
 * @param received   text of the Received header from {@code "from ..."} up to but without {@code "id QUEUEID"} and what follows; empty: none is added by
 *                   cleanup (the submission brings its own)
 * @param local      true where the client is entitled to header rewriting (local_header_rewrite_clients, pickup)
 */
public record Origin(Source source, Map<String, String> attributes, Optional<ReceivedFrom> received, boolean local) {

    /** Kinds of submitters, as Postfix tells them apart for bcc, milters and limits. */
    public enum Source { SMTPD, PICKUP, BOUNCE, NOTIFY, FORWARD }

    /**
     * Parts of the Received header (RFC 5321 section 4.4).
     *
     * @param from     {@code helo (name [address])} without the word from; empty for local submissions, which say {@code by} first
     * @param by       host name
     * @param protocol {@code SMTP}, {@code ESMTP}, {@code ESMTPS}, {@code UTF8SMTP} ... ; empty for local submissions
     * @param comments further lines such as {@code (using TLSv1.3 with cipher ...)} or {@code (Authenticated sender: joe)}, each one folded line; or
     *                 {@code (Postfix, from userid 1000)}
     */
    public record ReceivedFrom(String from, String by, String protocol, java.util.List<String> comments) {}

    public Origin {
        attributes = Map.copyOf(attributes);
    }
}
