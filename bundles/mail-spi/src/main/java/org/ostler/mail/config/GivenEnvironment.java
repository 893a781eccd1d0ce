// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.util.Map;

/**
 * The environment as it was given to the launcher: what the operator's settings name and commands are handed.
 *
 * <p>Java takes bytes for text by the locale, so the launcher gives it one of UTF-8 in {@code LC_ALL}, and says in the property {@code ostler.given.LC_ALL} what was there; empty: nothing. Without that
 * property the environment is as it was given. Threads: any. Never blocks.
 */
public final class GivenEnvironment {

    private static final String LC_ALL = "LC_ALL";

    private GivenEnvironment() {}

    /** The variable, or null where it is not set. */
    public static String get(String name) {
        String given = name.equals(LC_ALL) ? System.getProperty("ostler.given." + LC_ALL) : null;
        return given == null ? System.getenv(name) : given.isEmpty() ? null : given;
    }

    /** Makes of our environment, in the form of {@link ProcessBuilder#environment}, the one that was given. */
    public static void restore(Map<String, String> environment) {
        String given = get(LC_ALL);
        if (given == null) {
            environment.remove(LC_ALL);
        } else {
            environment.put(LC_ALL, given);
        }
    }
}
