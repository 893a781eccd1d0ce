// SPDX-License-Identifier: Apache-2.0
/**
 * Opens lookup tables by name, whatever bundle their type comes from, and keeps answering while that bundle is replaced.
 *
 * <p>Read {@link org.ostler.lookup.core.TablesService} (the service), then {@link org.ostler.lookup.core.Handle} (one {@code type:name} that follows replacements), then
 * {@link org.ostler.lookup.core.OpenTable} (one opened table that closes after its last lookup). {@link org.ostler.lookup.core.PlainTables} is the same without OSGi.
 *
 * <p><b>Invariants.</b> A table is closed exactly once, after the last lookup inside it has returned, and before its factory's bundle has stopped (within five seconds). A lookup that
 * finds no table waits a bounded time and then says "unavailable", never "not found". A file that has been spoilt leaves the table that was read before in place.
 */
package org.ostler.lookup.core;
