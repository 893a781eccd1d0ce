// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls.spi;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.ComponentPropertyType;

/** What {@code tls_provider} calls an engine: {@code @TlsEngineName("bc")}. Becomes the service property {@code tls.engine.name}, and in the manifest a capability, by which {@code check} finds the bundle. */
@Capability(namespace = "org.ostler.engine", attribute = "org.ostler.engine:List<String>=\"${#value}\"")
@ComponentPropertyType
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface TlsEngineName {

    String value();
}
