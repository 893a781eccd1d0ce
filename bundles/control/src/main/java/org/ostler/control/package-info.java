// SPDX-License-Identifier: Apache-2.0
/**
 * The control socket: how the command line and other programs steer a running instance.
 *
 * <p>Begin with {@link org.ostler.control.Protocol}, then {@link org.ostler.control.ControlServer} and {@link org.ostler.control.ControlClient}. The verbs are services; those of queue and configuration are in this bundle.
 *
 * <pre>
 *   request    "+" command LF "+" argument LF ... LF (empty line)
 *   answer     "+" text LF ... then "ok" LF  or  "error " reason LF
 * </pre>
 * In arguments and answer lines LF is written {@code \n}, CR {@code \r}, a backslash {@code \\}.
 *
 * <p><b>Invariant.</b> Only the owner of the instance gets in: the socket lies in a directory of mode 0700.
 */
// Registered by code, one for each command.
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>=\"org.ostler.mail.control.spi.ControlCommand\"")
package org.ostler.control;

import org.osgi.annotation.bundle.Capability;
