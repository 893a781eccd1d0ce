// SPDX-License-Identifier: Apache-2.0
/**
 * From a submission to a queued message: headers completed, aliases expanded, limits kept. Postfix's cleanup(8).
 *
 * <p>Submitters ({@code smtp-server}, {@code pickup}, {@code bounce}, {@code local} forwarding) use {@link org.ostler.mail.cleanup.Cleanup}. Authors of a stage implement
 * {@code CleanupStage} in the {@code spi} package.
 *
 * <p><b>Invariant.</b> {@link org.ostler.mail.cleanup.Submission#finish} answers Queued only when message and envelope are on stable storage.
 */
@Export
@Version("1.2.0")
package org.ostler.mail.cleanup;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
