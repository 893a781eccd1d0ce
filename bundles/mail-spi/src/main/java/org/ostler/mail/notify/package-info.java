// SPDX-License-Identifier: Apache-2.0
/**
 * Telling senders: bounces, delay warnings, success reports. Postfix's bounce(8).
 *
 * <p><b>Invariant.</b> When a call returns normally the report is durably queued, or the rules say that nobody is to be told; only then may a recipient be settled.
 */
@Export
@Version("1.0.0")
package org.ostler.mail.notify;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
