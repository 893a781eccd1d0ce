// SPDX-License-Identifier: Apache-2.0
/**
 * The words of mail: addresses, recipients, envelope, queue id, reply, enhanced status, delivery status options.
 *
 * <p>Values only: immutable records, no I/O, no thread, no clock. Text is parsed once at the edge of the program (by
 * {@code smtp-grammar}); beyond that edge no address travels as a bare string. Read {@link org.ostler.mail.model.Address} and
 * {@link org.ostler.mail.model.Envelope} first.
 *
 * <p><b>Invariant.</b> Every value of these types is valid: a constructor refuses what could not be written back.
 *
 * <p>RFC 5321 (addresses, replies), RFC 3463 (enhanced status), RFC 3461 (delivery status options), RFC 8689 (TLS asked for by the sender).
 */
@Export
@Version("1.1.0")
package org.ostler.mail.model;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
