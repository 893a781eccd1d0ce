// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

/**
 * What a caller demands of a table before it trusts what the table says. Each step demands what the one before it does, and more.
 *
 * <p>What a table cannot meet is {@link Answer.Unavailable}, never "not found": the mail waits until the operator has chosen another table.
 */
public enum Protection {
    /** Any table will do. */
    NONE,
    /** The answer says where mail goes or who delivers it: it may not be made of parts of the key, which a stranger writes, such as {@code $1} in {@code regexp:} (transport(5)). */
    NO_SUBSTITUTION,
    /**
     * The answer names commands, files or users whose rights a delivery gets (aliases(5), virtual(8)). Besides substitution, tables whose server proves nothing are refused: whoever could answer in its
     * place would have those rights.
     */
    SECURITY_SENSITIVE;

    /** What meets the demands of both. */
    public Protection and(Protection other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
