// SPDX-License-Identifier: Apache-2.0
/**
 * Tests of the whole: the rules of docs/OVERVIEW.md over every built bundle, the distribution as a process that an operator
 * starts, and the bundles together in a container.
 *
 * <p>Three kinds stand side by side. {@link ManifestRulesIT} reads jars. {@link DistributionIT} unpacks the archive and
 * uses its launcher; what listens can be seen only there, because Pax Exam itself opens sockets in its container. The
 * classes that extend {@link ContainerTest} run inside one container that all of them share.
 */
package org.ostler.itests;
