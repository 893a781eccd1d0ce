// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.dns;

/** A TLSA record (RFC 6698). */
public record Tlsa(int usage, int selector, int matchingType, byte[] data) {}
