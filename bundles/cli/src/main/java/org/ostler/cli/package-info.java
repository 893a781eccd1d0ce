// SPDX-License-Identifier: Apache-2.0
/**
 * Postfix's commands as one program: {@code postconf postqueue postsuper postcat sendmail mailq newaliases postmap postalias}, and the launcher's verbs {@code check reload flush logrotate}.
 *
 * <p>Begin with {@link org.ostler.cli.Main}. A command is a class with one method that takes its arguments and a {@link org.ostler.cli.Terminal} and returns an exit status; it never ends the process itself, so that
 * tests can call it. Start time counts: nothing is loaded that the command at hand does not use.
 *
 * <p>Options follow each Postfix manual page, bundled letters included, which is why {@link org.ostler.cli.GetOpt} reads them and no library (docs/decisions).
 */
package org.ostler.cli;
