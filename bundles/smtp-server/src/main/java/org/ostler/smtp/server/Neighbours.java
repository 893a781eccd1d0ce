// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import org.ostler.mail.access.AccessPolicy;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.queue.QueueManager;
import org.ostler.mail.tls.TlsProvider;

/**
 * The services that a session uses. A lease is taken for a call, never for a session.
 *
 * @param access  may the client do this
 * @param cleanup takes the message
 * @param tls     handshakes
 * @param dns     client names
 * @param queue   ETRN
 * @param tables  lists with tables in them; follows the replacement of table bundles
 */
record Neighbours(Leased<AccessPolicy> access, Leased<Cleanup> cleanup, Leased<TlsProvider> tls, Leased<Dns> dns, Leased<QueueManager> queue, Tables tables) {}
