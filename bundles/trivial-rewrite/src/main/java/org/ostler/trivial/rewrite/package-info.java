// SPDX-License-Identifier: Apache-2.0
/**
 * Address rewriting and resolving, Postfix's trivial-rewrite(8).
 *
 * <p>{@link org.ostler.trivial.rewrite.TrivialRewrite} is the service. {@code Completion} turns what people write into {@code user@fully.qualified.domain};
 * {@code Resolver} says through which transport, to which next hop a recipient goes, and in which address class its domain is (ADDRESS_CLASS_README).
 *
 * <p><b>Invariant.</b> A table that cannot answer makes the whole resolution unavailable; no address falls into another class because a list was out of reach.
 */
@Requirement(namespace = "org.ostler.program", filter = "(org.ostler.program=error)", effective = "assemble", resolution = Resolution.OPTIONAL)
package org.ostler.trivial.rewrite;

import org.osgi.annotation.bundle.Requirement;
import org.osgi.annotation.bundle.Requirement.Resolution;
