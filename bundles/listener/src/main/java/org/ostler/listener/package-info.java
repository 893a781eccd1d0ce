// SPDX-License-Identifier: Apache-2.0
/**
 * The server sockets of master.cf's inet rows. What Postfix's master(8) does for them, in one process.
 *
 * <p>{@link org.ostler.listener.ListenerService} keeps one {@link org.ostler.listener.Acceptor} per bound address. A connection gets a virtual thread and waits there for the
 * {@code ConnectionHandler} of the row's program ({@link org.ostler.listener.Handlers}); while a handler is replaced the sockets stay open and new
 * connections wait. {@link org.ostler.listener.Deadlines} closes sessions whose time is over.
 *
 * <p><b>Invariant.</b> A reload or the replacement of a handler never cuts a session inside a transaction before its 30 seconds are over, and nothing listens that
 * is not a row of the generation in force.
 */
@Capability(namespace = "org.ostler.part", name = "listener")
package org.ostler.listener;

import org.osgi.annotation.bundle.Capability;
