/**
 * What the author of a lookup table type implements: a {@link org.ostler.mail.lookup.spi.TableFactory} and the
 * {@link org.ostler.mail.lookup.spi.Table} it opens.
 */
@Export
@Version("1.1.0")
package org.ostler.mail.lookup.spi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
