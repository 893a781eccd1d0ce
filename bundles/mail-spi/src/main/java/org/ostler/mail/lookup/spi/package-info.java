// SPDX-License-Identifier: Apache-2.0
/**
 * What the author of a lookup table type implements: a {@link org.ostler.mail.lookup.spi.TableFactory} and the
 * {@link org.ostler.mail.lookup.spi.Table} it opens.
 *
 * <p>What several types would otherwise write again is here too: {@link org.ostler.mail.lookup.spi.TableSource} reads the lines of a table file,
 * {@link org.ostler.mail.lookup.spi.BuiltFile} is what postmap makes of one; for tables that ask a server
 * {@link org.ostler.mail.lookup.spi.TableParameters} reads their own parameters, {@link org.ostler.mail.lookup.spi.Templates} makes queries and results.
 */
@Export
@Version("1.5.0")
package org.ostler.mail.lookup.spi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
