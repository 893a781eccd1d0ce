// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.delivery.spi;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.ComponentPropertyType;

/** The program name in master.cf's command column that a transport or connection handler answers to: service property {@code program}, and a capability in the manifest. */
@Capability(namespace = "org.ostler.program", attribute = "org.ostler.program:List<String>=\"${#value}\"")
@ComponentPropertyType
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Program {

    String[] value();
}
