// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls.spi;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.service.component.annotations.ComponentPropertyType;

/** The kind of proof that a verifier judges: {@code @ProofKind("dane")}. Becomes the service property {@code proof.kind}. */
@ComponentPropertyType
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface ProofKind {

    String value();
}
