// SPDX-License-Identifier: Apache-2.0
/**
 * The {@code pipe} transport: mail to an external command. Read {@link org.ostler.pipe.Pipe}, then {@link org.ostler.pipe.Attributes} for the words of the master.cf row.
 *
 * <p><b>Invariant.</b> Every command ends within its time limit; what happened to it is an outcome, and a command that was killed defers.
 *
 * <p>pipe(8), sysexits(3).
 */
package org.ostler.pipe;
