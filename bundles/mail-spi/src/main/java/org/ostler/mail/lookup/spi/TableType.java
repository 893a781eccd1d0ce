// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.ComponentPropertyType;

/** The word before the colon: {@code @TableType("texthash")}. Becomes the service property {@code table.type}, and in the manifest a capability, by which an assembly finds the bundle. */
@Capability(namespace = "org.ostler.table", attribute = "org.ostler.table:List<String>=\"${#value}\"")
@ComponentPropertyType
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface TableType {

    String[] value();
}
