// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.routing;

/** Postfix's address classes (ADDRESS_CLASS_README), in the order in which they are tried. */
public enum AddressClass {
    LOCAL, VIRTUAL_ALIAS, VIRTUAL_MAILBOX, RELAY, DEFAULT
}
