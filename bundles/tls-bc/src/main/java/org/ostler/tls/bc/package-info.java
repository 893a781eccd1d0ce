// SPDX-License-Identifier: Apache-2.0
/**
 * Bouncy Castle's TLS as an engine: {@code tls_provider = bc}.
 *
 * <p>Read {@link org.ostler.tls.bc.BouncyCastleEngine}. All policy (keys, verdicts, lists of protocols and ciphers, sessions) stays in the bundle {@code tls}, whose tests run over this engine as over the JDK's.
 *
 * <p><b>Invariant.</b> No provider is registered with the JDK: who does not name this engine does not meet it.
 */
package org.ostler.tls.bc;
