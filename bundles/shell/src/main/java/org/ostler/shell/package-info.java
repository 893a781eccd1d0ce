// SPDX-License-Identifier: Apache-2.0
/**
 * The Karaf console of a running instance: every control command as a shell command {@code mail:...}, and the socket on which {@code ./ostler shell} reaches it.
 *
 * <p>Begin with {@link org.ostler.shell.MailCommands} and {@link org.ostler.shell.ConsoleSocket}.
 *
 * <p><b>Invariant.</b> Only the owner of the instance gets in: the socket lies in a directory of mode 0700.
 */
// Registered by code, one for each command.
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>=\"org.ostler.mail.control.spi.ControlCommand\"")
package org.ostler.shell;

import org.osgi.annotation.bundle.Capability;
