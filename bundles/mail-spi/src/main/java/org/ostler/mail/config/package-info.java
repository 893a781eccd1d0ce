// SPDX-License-Identifier: Apache-2.0
/**
 * Configuration: main.cf parameters and master.cf rows as one immutable generation.
 *
 * <p>Workers read {@link org.ostler.mail.config.Settings} through typed {@link org.ostler.mail.config.Parameter} constants, declared once in the bundle that uses
 * them in a {@link org.ostler.mail.config.ParameterSet}. The files are read by {@code config-maincf}, which publishes
 * {@link org.ostler.mail.config.Configuration}.
 *
 * <p><b>Invariant.</b> A generation never changes and was checked whole before anybody sees it. Every Postfix 3.12 parameter has a default here
 * ({@link org.ostler.mail.config.PostfixDefaults}), so that {@code $name} expands the same in every bundle, tool and test.
 */
@Export
@Version("1.4.0")
package org.ostler.mail.config;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
