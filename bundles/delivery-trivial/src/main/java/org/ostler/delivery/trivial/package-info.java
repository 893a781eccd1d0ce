// SPDX-License-Identifier: Apache-2.0
/**
 * Three small transports, and the sample for authors of their own: {@code discard} drops mail, {@code error} bounces it, {@code retry} (the error program under that
 * service name) defers it. Each is one class with one method.
 *
 * <p>discard(8), error(8).
 */
package org.ostler.delivery.trivial;
