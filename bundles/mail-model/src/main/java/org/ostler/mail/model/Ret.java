// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.model;

/** How much of the message a failure report returns (RFC 3461 section 4.3). */
public enum Ret {
    /** The client did not say. */
    UNSPECIFIED,
    FULL,
    HDRS
}
