// SPDX-License-Identifier: Apache-2.0
/**
 * The whole server as a process of its own, spoken to by programs that are not ours.
 *
 * <p>{@link org.ostler.interop.Server} makes an instance (configuration, queue, mailboxes below {@code target/interop}) and starts it in
 * one of two ways: the distribution through {@code bin/ostler}, as an operator does, or the same bundles in a bare Felix
 * ({@link org.ostler.interop.PlainServer}), which boots in a fraction of the time and is what most kill rounds use.
 *
 * <p>Every wait has a bound, every port is free when chosen, every process that is ended was started here. A program that is not
 * installed skips the test by name.
 */
package org.ostler.interop;
