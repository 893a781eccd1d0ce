// SPDX-License-Identifier: Apache-2.0
/**
 * posttls-finger(1): what TLS with a destination would be like.
 *
 * <p>The engine is the mail server's own client ({@code org.ostler.smtp.client.Finger}), here wired without a container ({@link org.ostler.cli.finger.PlainWiring}); this package makes parameters of options
 * ({@link org.ostler.cli.finger.FingerOptions}) and text or JSON of what happens ({@link org.ostler.cli.finger.FingerText}, {@link org.ostler.cli.finger.FingerJson}). It needs no running server and touches none.
 */
package org.ostler.cli.finger;
