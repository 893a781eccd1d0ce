// SPDX-License-Identifier: Apache-2.0
/**
 * {@code ostler tailor}: a distribution that holds what a vendor names and what that needs, and nothing else.
 *
 * <p>Read first: {@link org.ostler.cli.tailor.Closure} (what is needed, from the manifests), then {@link org.ostler.cli.tailor.Tailor} (how the files are chosen). The source is the unpacked
 * distribution that the command belongs to: no Maven, no network.
 *
 * <p><b>Invariant.</b> Every requirement of every part in the result is provided in the result; a wish that cannot be met ends the command before anything is written.
 */
package org.ostler.cli.tailor;
