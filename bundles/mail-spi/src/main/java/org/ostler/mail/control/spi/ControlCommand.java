// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.control.spi;

import java.util.List;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A verb on the control socket, such as {@code queue.list}. A service with {@link CommandName}.
 *
 * <p><b>Threads</b> a virtual thread per request. <b>Blocking</b> allowed, ended by the caller's deadline. <b>Errors</b> {@link ControlException} with an operator's words. <b>Nulls</b> none.
 */
@ConsumerType
@FunctionalInterface
public interface ControlCommand {

    /**
     * @param arguments of the request
     * @param out       takes answer lines (text or JSON, as the command documents); blocks while the client does not read
     */
    void run(List<String> arguments, Consumer<String> out) throws ControlException;

    /** The request failed; the message goes to the client. */
    final class ControlException extends Exception {
        private static final long serialVersionUID = 1L;

        public ControlException(String message) {
            super(message);
        }
    }
}
