// SPDX-License-Identifier: Apache-2.0
/**
 * LDAP tables, ldap_table(5).
 *
 * <p>Read {@link org.ostler.lookup.ldap.LdapTable} first: one lookup. {@link org.ostler.lookup.ldap.Search} turns entries into values, {@link org.ostler.lookup.ldap.Directory} keeps
 * connections and chooses servers, {@link org.ostler.lookup.ldap.Link} is one connection. {@link org.ostler.lookup.ldap.Plan} and {@link org.ostler.lookup.ldap.Access} are the two halves of a
 * table's parameters: what is asked, and where.
 *
 * <p><b>Invariants.</b> What is not known is "unavailable": an error, a limit, a referral that could not be followed, a value that is no text. Every wait ends at a deadline, because a timer closes the
 * socket below it. No thread of ours waits while nobody asks; the library has one timer for all connections while any is open. The library appears in no signature outside this package, and a password in no text.
 */
package org.ostler.lookup.ldap;
