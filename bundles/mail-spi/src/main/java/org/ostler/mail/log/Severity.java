// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.log;

/** Postfix's five, with the word that stands before the text ({@code info} has none). */
public enum Severity {
    INFO(""), WARNING("warning: "), ERROR("error: "), FATAL("fatal: "), PANIC("panic: ");

    private final String prefix;

    Severity(String prefix) {
        this.prefix = prefix;
    }

    public String prefix() {
        return prefix;
    }
}
