// SPDX-License-Identifier: Apache-2.0
/**
 * Connections taken from the inet rows of master.cf.
 *
 * <p>{@code listener} owns the server sockets, so that they stay open while the program behind them is replaced. A program implements
 * {@code org.ostler.mail.listen.spi.ConnectionHandler}.
 */
@Export
@Version("1.0.0")
package org.ostler.mail.listen;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
