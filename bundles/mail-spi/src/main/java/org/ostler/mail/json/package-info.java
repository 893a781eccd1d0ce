// SPDX-License-Identifier: Apache-2.0
/**
 * What is written for programs: {@link org.ostler.mail.json.Json}, a line of JSON from plain values. For reports to other domains, and for commands that answer with {@code -j}.
 *
 * <p><b>Invariant.</b> Whatever strangers put into a text, it stays one text.
 */
@Export
@Version("1.0.0")
package org.ostler.mail.json;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
