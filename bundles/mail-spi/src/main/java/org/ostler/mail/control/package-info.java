// SPDX-License-Identifier: Apache-2.0
/**
 * How other programs steer a running server: named commands on a socket that only the owner can open.
 *
 * <p>Authors of a command implement {@code org.ostler.mail.control.spi.ControlCommand}; the {@code control} bundle carries it over the socket. A request is the command and its arguments, a line
 * each beginning with {@code +}, ended by an empty line; the answer is lines that begin with {@code +} too, then {@code ok} or {@code error} and a reason.
 */
@Export
@Version("1.0.0")
package org.ostler.mail.control;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
