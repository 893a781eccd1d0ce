// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.model;

/** What MAIL FROM said of the body (RFC 6152). */
public enum Body {
    /** No BODY option was given. */
    UNSPECIFIED,
    SEVEN_BIT,
    EIGHT_BIT_MIME
}
