// SPDX-License-Identifier: Apache-2.0
/**
 * Delivery status notifications: Postfix's bounce(8).
 *
 * <p>Reading order: {@link org.ostler.bounce.BounceService} (who is told), {@link org.ostler.bounce.Report} (what), {@link org.ostler.bounce.ReportWriter} (the bytes),
 * {@link org.ostler.bounce.Templates} (the texts).
 *
 * <p><b>Invariant.</b> A call that returns normally has made its report durable, or the rules say that nobody is told. Nothing is told twice to the sender because of trouble with
 * a postmaster's copy.
 *
 * <p>RFC 3464 (reports), RFC 3461 (who asked), RFC 6533 (internationalised reports), RFC 3834 (automatic messages).
 */
package org.ostler.bounce;
