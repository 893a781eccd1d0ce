// SPDX-License-Identifier: Apache-2.0
/**
 * The queue manager: when mail is tried, how much at once, and what becomes of it.
 *
 * <p>Reading order: {@link org.ostler.core.queue.Scheduler} (the active queue in motion), {@link org.ostler.core.queue.Lanes} and
 * {@link org.ostler.core.queue.Window} (destinations), {@link org.ostler.core.queue.Finisher} (the end of a cycle), {@link org.ostler.core.queue.Clerk} (scans and
 * timers), {@link org.ostler.core.queue.StoreLink} (updates), {@link org.ostler.core.queue.Verbs} (operators).
 *
 * <p><b>Invariants.</b>
 * <ul>
 * <li>A message leaves the store only by an update that is sent when each of its recipients is delivered or its sender's report is durable.</li>
 * <li>A crash at any point costs repeated deliveries at most:</li>
 * </ul>
 * <table>
 * <caption>What a crash leaves</caption>
 * <tr><th>Crash</th><th>In the store</th><th>After the restart</th></tr>
 * <tr><td>before a delivery ends</td><td>recipient pending</td><td>delivered; twice if the peer had it already</td></tr>
 * <tr><td>delivered, update not written</td><td>recipient pending</td><td>delivered again</td></tr>
 * <tr><td>delivered, others of the message under way</td><td>pending for up to a second, then done</td><td>delivered again, or not</td></tr>
 * <tr><td>bounced, report not durable</td><td>pending or failed</td><td>tried again, or reported</td></tr>
 * <tr><td>report durable, update not written</td><td>pending or failed</td><td>reported twice</td></tr>
 * <tr><td>removal not written</td><td>the whole message</td><td>delivered again</td></tr>
 * </table>
 *
 * <p>qmgr(8), SCHEDULER_README, QSHAPE_README.
 */
package org.ostler.core.queue;
