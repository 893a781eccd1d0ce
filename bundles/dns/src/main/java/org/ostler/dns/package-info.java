// SPDX-License-Identifier: Apache-2.0
/**
 * The resolver: names to addresses, mail exchangers and the rest, for every worker.
 *
 * <p>Start at {@link org.ostler.dns.DnsService}. A question goes to {@link org.ostler.dns.AnswerCache}, which asks {@link org.ostler.dns.Resolver} at most once
 * per question at a time; {@link org.ostler.dns.Resolver} tries the servers in turn through {@link org.ostler.dns.Exchange} (UDP, then TCP where the answer was cut) and
 * {@link org.ostler.dns.Reading} turns the message into a {@link org.ostler.mail.dns.DnsAnswer}. dnsjava encodes and decodes messages; sockets, cache and retries are our own, because
 * dnsjava's static selector thread would outlive a bundle that is replaced.
 *
 * <p>Where a proof is asked for, {@link org.ostler.dns.OwnValidation} takes the place of the last two steps: {@link org.ostler.dns.dnssec.Validator} judges over the same {@link org.ostler.dns.Resolver}.
 * {@link org.ostler.dns.Provability} knows which servers can be used for that.
 *
 * <p><b>Invariant.</b> "No such name" is said only when a server said so with authority for the question asked. Silence, refusal, nonsense and a lame server are
 * {@link org.ostler.mail.dns.DnsAnswer.Failed}: mail waits, it never bounces.
 *
 * <p>RFC 1035 (messages, TCP), RFC 2308 (negative caching), RFC 6891 (EDNS), RFC 5452 (what makes an answer believable), RFC 7505 (null MX).
 */
package org.ostler.dns;
