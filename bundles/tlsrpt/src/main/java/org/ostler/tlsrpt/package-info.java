// SPDX-License-Identifier: Apache-2.0
/**
 * TLS reports (RFC 8460): a domain that asks for them is told once a day how sessions with its servers went.
 *
 * <p>Read {@link org.ostler.tlsrpt.TlsrptService} first. {@link org.ostler.tlsrpt.Tally} counts in memory, {@link org.ostler.tlsrpt.DayFiles} keeps the counts of each day (UTC) below {@code data_directory},
 * {@link org.ostler.tlsrpt.DayReport} adds them up, {@link org.ostler.tlsrpt.ReportText} writes the JSON, {@link org.ostler.tlsrpt.Rounds} sends it, by mail and by HTTPS.
 *
 * <p><b>Invariant.</b> Nothing here delays or endangers mail: counting never waits, everything is bounded, and where there is no room counts are lost, with a line in the log.
 */
package org.ostler.tlsrpt;
