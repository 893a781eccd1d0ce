// SPDX-License-Identifier: Apache-2.0
/**
 * The restriction language of Postfix's SMTP server (SMTPD_ACCESS_README), and its evaluation.
 *
 * <p>{@link org.ostler.access.AccessControl} is the service; a {@code Session} holds what one SMTP session must remember; {@code Evaluator} walks over one list. The built-in words are small
 * classes in {@code Words}; any other word is an {@code AccessRule} service of that name.
 *
 * <p><b>Invariants.</b> A word that nobody knows, a table that cannot answer, a rule whose bundle is away: all answer 451, none permits. Without a word that denies relaying
 * no recipient is accepted.
 */
package org.ostler.access;
