// SPDX-License-Identifier: Apache-2.0
/**
 * Reads main.cf and master.cf and publishes them as one checked generation.
 *
 * <p>Begin with {@link org.ostler.config.maincf.ConfigurationFiles}, which turns a directory into a {@link org.ostler.config.maincf.Loaded}: settings, rows, problems,
 * warnings. {@link org.ostler.config.maincf.MasterService} runs it in the container; the command line uses the same classes on its own class path.
 * {@link org.ostler.config.maincf.MainCfEditor} changes a file and keeps its comments.
 *
 * <p><b>Invariant.</b> A generation with a problem is never published; the one before it goes on.
 *
 * <p>postconf(5), master(5), COMPATIBILITY_README.
 */
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>=\"org.osgi.service.cm.SynchronousConfigurationListener\"")
@Requirement(namespace = "org.ostler.part", filter = "(org.ostler.part=maillog)", effective = "assemble", resolution = Resolution.OPTIONAL)
package org.ostler.config.maincf;

import org.osgi.annotation.bundle.Capability;
import org.osgi.annotation.bundle.Requirement;
import org.osgi.annotation.bundle.Requirement.Resolution;
