// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.util.Optional;

/** One change of a configuration file that a program asks for; see {@link Configuration#change}. */
public sealed interface ConfigChange {

    /**
     * An entry of main.cf.
     *
     * @param value the new text, {@code $name} in it is expanded as in the file; nothing to remove the entry, so that the default holds
     */
    record Entry(String name, Optional<String> value) implements ConfigChange {}

    /**
     * A row of master.cf.
     *
     * @param key  {@code smtp/inet}, as {@link ServiceRow#key} says
     * @param text the whole new row with its options, in master.cf's own syntax; nothing to remove the row
     */
    record Row(String key, Optional<String> text) implements ConfigChange {}
}
