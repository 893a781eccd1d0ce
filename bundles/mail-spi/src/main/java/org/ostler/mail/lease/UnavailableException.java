// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lease;

/** Nobody provided the service within the waiting time. Callers turn this into 451 or a deferral, never into a bounce. */
public final class UnavailableException extends Exception {

    private static final long serialVersionUID = 1L;

    public UnavailableException(String message) {
        super(message);
    }
}
