// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.model;

/** What the sender asked of TLS on the way of a message (RFC 8689). */
public enum TlsRequest {
    /** Nothing: each hop decides by its own policy. */
    UNSPECIFIED,
    /** MAIL FROM said REQUIRETLS: no hop without a server that proved who it is and asks the same of the next one. */
    REQUIRED,
    /** The header says {@code TLS-Required: no}: rather in the clear, or to a server that proves nothing, than not at all. Never beside {@link #REQUIRED}, which wins. */
    NOT_REQUIRED
}
