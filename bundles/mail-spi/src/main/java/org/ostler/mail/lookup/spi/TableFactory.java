// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Opens tables of one type. Registered as a service with {@link TableType}, and listed in
 * {@code META-INF/services} for the command line.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> allowed. <b>Errors</b> {@link TableOpenException} with file, line and what is wrong; lines that Postfix merely warns about go to
 * {@link TableSpec#warn}. <b>Nulls</b> none. <b>Lifetime</b> tables stay valid until closed; all are closed before the factory's bundle stops.
 */
@ConsumerType
public interface TableFactory {

    Table open(TableSpec spec) throws TableOpenException;
}
