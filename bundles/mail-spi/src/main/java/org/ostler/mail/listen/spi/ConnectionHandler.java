// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.listen.spi;

import org.osgi.annotation.versioning.ConsumerType;
import org.ostler.mail.listen.Connection;

/**
 * The program behind an inet row: {@code smtpd}.
 *
 * <p><b>Threads</b> one virtual thread per connection. <b>Blocking</b> allowed; the session sets {@link Connection#deadline}. <b>Errors</b> an exception ends the connection and is logged. <b>Nulls</b> none.
 * <b>Lifetime</b> on replacement {@link Connection#isDraining} turns true; sessions that have not ended after 30 s are closed.
 */
@ConsumerType
@FunctionalInterface
public interface ConnectionHandler {

    void serve(Connection connection);
}
