// SPDX-License-Identifier: Apache-2.0
/**
 * {@code regexp:} and {@code pcre:} tables (regexp_table(5), pcre_table(5)), by the regular expressions of the JDK.
 *
 * <p>Read {@link org.ostler.lookup.regexp.RuleFile} (how a file becomes rules), then {@link org.ostler.lookup.regexp.Dialect} (how POSIX and Perl expressions become Java's) and
 * {@link org.ostler.lookup.regexp.PatternTable} (how a key is matched).
 *
 * <p><b>Invariant.</b> No pattern and no key keeps a thread for long: matching counts its steps, and one that takes too many makes the table unavailable for that key, so that mail waits and the log says
 * which line is to blame.
 */
package org.ostler.lookup.regexp;
