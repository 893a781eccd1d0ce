// SPDX-License-Identifier: Apache-2.0
/**
 * From a submission to a queued message.
 *
 * <p>Begin with {@link org.ostler.cleanup.MessageSubmission}: it cuts the content into headers and body, shows each header to the stages, passes the body on, and commits. What is done to a message is in the stages, each a service:
 * <pre>
 *   ranking  stage            does
 *     900    ReceivedStage    adds Received, counts hops
 *     800    HeaderStage      drops and completes headers, adds Message-Id, Date, From
 *     500    BccStage         always_bcc, sender_bcc_maps, recipient_bcc_maps
 *     400    AliasStage       virtual_alias_maps
 *     100    DuplicateStage   drops recipients that are there already
 * </pre>
 *
 * <p><b>Invariant.</b> The body is never held: memory per message is one header and one chunk. A first refusal stands, and content after it is read and ignored.
 *
 * <p>cleanup(8); RFC 5322 (headers), RFC 5321 section 4.4 (trace).
 */
@Requirement(namespace = "osgi.service", filter = "(objectClass=org.ostler.mail.queue.spi.QueueStore)", effective = "assemble", resolution = Resolution.OPTIONAL)
@Requirement(namespace = "osgi.service", filter = "(objectClass=org.ostler.mail.queue.QueueManager)", effective = "assemble", resolution = Resolution.OPTIONAL)
package org.ostler.cleanup;

import org.osgi.annotation.bundle.Requirement;
import org.osgi.annotation.bundle.Requirement.Resolution;
