// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.sql;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.ComponentPropertyType;

/** The table type that a driver serves: {@code @SqlType("pgsql")}. Becomes the service property {@code sql.type}, and in the manifest a capability, by which an assembly with tables of that type finds the bundle. */
@Capability(namespace = "org.ostler.sql", attribute = "org.ostler.sql=\"${#value}\"")
@ComponentPropertyType
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface SqlType {

    String value();
}
