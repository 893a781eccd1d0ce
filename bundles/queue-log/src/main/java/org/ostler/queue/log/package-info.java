// SPDX-License-Identifier: Apache-2.0
/**
 * The mail queue on disk: an append-only log in segments. Read {@link org.ostler.queue.log.LogStore}, then {@link org.ostler.queue.log.Writer} and
 * {@link org.ostler.queue.log.Catalog}.
 *
 * <p><b>Way of a message.</b> {@link org.ostler.queue.log.LogDraft} collects it; the {@link org.ostler.queue.log.Writer}, one thread, writes all that waits in one piece,
 * flushes once and wakes the waiters; the {@link org.ostler.queue.log.Catalog} learns where it stands; the queue manager is offered it from memory. Changes take
 * effect in the catalog first and follow to disk with the next group. {@link org.ostler.queue.log.Housekeeper} and {@link org.ostler.queue.log.Cleaner} keep the files in order;
 * {@link org.ostler.queue.log.Loader} rebuilds the catalog at start.
 *
 * <p><b>Invariants.</b>
 * <ul>
 * <li>A commit returns after its record, and for a large message file and name before that, was flushed.</li>
 * <li>Segment numbers grow with time; of two records about a message the later one counts.</li>
 * <li>A segment is written to until a flush fails or it is full, and never by a later run. After END it changes no more.</li>
 * <li>Nothing is deleted before what replaces it is flushed; a removal record is kept while any record of its message may be on disk.</li>
 * <li>No file operation runs on a caller's thread, and no thread that does one is ever interrupted.</li>
 * </ul>
 *
 * <p><b>Files</b>, below {@code $queue_directory/store}:
 * <pre>
 *   format            version and salt; made first, by temporary file and rename
 *   lock              locked by the one process that has the store open
 *   seg-NNNNNNNN.log  segment: header, records (Records), zeros to its prepared size; END and no zeros once closed
 *   seg-NNNNNNNN.idx  its index file (Hint): derived, never flushed
 *   reserve           a prepared segment without number, for removals and deferrals on a full disk
 *   spool/ID          body of a large message
 *   corrupt/...       bytes of damaged places in which no message can be recognised
 *   *.tmp             being made; of no meaning
 * </pre>
 *
 * <p><b>States on disk and crash points.</b> The letter names the tests in {@code CrashTableTest}; who moves: W writer, H housekeeper, C cleaner, L loader, D draft.
 * <pre>
 *    state on disk                          moved by     a crash here leaves                               next start                         duplicates
 * A  directory, spool/, no sound format     L            an empty store, or segments that know the salt    makes or mends format              none
 * B  format or segment of a newer version   newer one    -                                                 refuses, touches nothing           none
 *    format of an older version, its        L            old or new format file                            writes its own version first       none
 *    segments                                                                                               and reads the segments as they are
 * C  lock held                              L            lock goes with the process                        second one is refused              none
 * D  segment prepared, no record            H, W         header, zeros, or less                            deletes it                         none
 * E  group written, flush not returned      W            any part of the group                             keeps whole records, passes over   a message whose client
 *                                                                                                          the torn end                       got no answer
 * F  as E, sound records after torn ones    W            holes                                             keeps the whole ones, covers       as E
 *                                                                                                          holes with FILL when closing
 * G  flushed record, later damaged          the disk     a wrong checksum                                  message named, in the corrupt      none
 *                                                                                                          queue until it is removed
 * H  as G, frame unreadable                 the disk     bytes that are no record                          bytes copied to corrupt/, named    an update that stood there
 *                                                                                                                                             is undone
 * I  spool file, no record yet              D            a file, perhaps without name                      deletes it                         none
 * J  removal flushed, spool file there      W            a file without message                            deletes it                         none
 * K  record whose spool file is missing     the disk     -                                                 message in the corrupt queue       none
 *    or changed                                                                                            (missing); reading ends in error
 * L  index file missing, torn, old          H            -                                                 scans the segment                  none
 * M  copies flushed, old segment there      C            both                                              the copy counts; the old segment   none
 *                                                                                                          is deleted before any other
 * N  removal flushed, message's segment     W, C         both                                              the removal counts                 none
 *    there
 *    removal in memory only                 W            the message                                       the message is there              its deliveries
 * O  ids given out, not used                D            a gap                                             begins after the block             none
 * P  not closed in order                    process      no END, zeros at the end                          scans, flushes, closes it          none
 *    flush failed, segment given up         W            perhaps records of refused messages               removals written after it count;    as E, if it dies before
 *                                                                                                          H cuts the segment                 those are flushed
 * </pre>
 * Updates behave as removals do: reported durable they hold; in memory only, a crash repeats what they recorded.
 *
 * <p><b>Memory.</b> 48 bytes and a hash slot per message outside the heap; on the heap only messages that are claimed or being written, with content up to a bound.
 */
// The service is registered by code, when the store is open, so that no annotation shows it.
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>=\"org.ostler.mail.queue.spi.QueueStore\"")
package org.ostler.queue.log;

import org.osgi.annotation.bundle.Capability;
