// SPDX-License-Identifier: Apache-2.0
/**
 * Tables that ask another program over a socket: {@code socketmap:} (socketmap_table(5)), {@code tcp:} (tcp_table(5)) and {@code memcache:} (memcache_table(5)).
 *
 * <p>Read {@link org.ostler.lookup.socket.Pool} (connections, their number, deadlines and back-off) first; {@link org.ostler.lookup.socket.Connection} frames, the tables word requests and
 * understand replies.
 *
 * <p><b>Invariants.</b> A reply that is not understood, a connection that fails and a deadline that passes are "unavailable", never "not found". A connection on which anything went wrong is closed and never
 * asked again, so that no reply is taken for another key's. No thread waits while no lookup is under way.
 */
package org.ostler.lookup.socket;
