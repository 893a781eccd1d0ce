// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.TableSpec;

/** What a server said, as an answer: the same for the three types. */
final class Values {

    private static final String NUL = "NUL in value";

    private Values() {}

    /** A value with a NUL in it is no address, no host and no command; Postfix takes what stands before it, which may be somebody else's. Warned about, and unavailable, as from lookup-ldap. */
    static Answer answer(TableSpec spec, String key, String value) {
        if (value.indexOf('\0') < 0) {
            return spec.answer(key, value);
        }
        spec.warnings().accept("table " + spec.text() + ": key " + key + ": " + NUL);
        return Answer.unavailable(NUL);
    }
}
