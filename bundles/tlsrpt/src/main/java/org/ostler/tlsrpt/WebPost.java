// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.ostler.mail.tls.WebAuthorities;
import org.ostler.mail.tls.WebExchange;

/**
 * Sends a report by HTTPS POST (RFC 8460 section 5.4).
 *
 * <h2>Security</h2> The address comes from strangers. Certificates are checked, though the standard would let them pass: what proves itself with a name of the web's is hardly a device in our own network. Redirects are not followed;
 * of the answer a little is read.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> until the deadline. Nothing is kept between two calls.
 */
final class WebPost {

    private static final Duration DEADLINE = Duration.ofMinutes(1);
    private static final int MOST_BYTES = 64 * 1024;

    private final Supplier<SSLContext> context;
    private final Duration deadline;

    /** @param context whose authorities count @param deadline of one report */
    WebPost(Supplier<SSLContext> context, Duration deadline) {
        this.context = context;
        this.deadline = deadline;
    }

    /** With the authorities of the web, which are read with the first report and not at the start. */
    static WebPost standard() {
        return new WebPost(WebAuthorities::context, DEADLINE);
    }

    /** @return why it was not taken; empty where it was */
    Optional<String> send(URI uri, byte[] report) throws InterruptedException {
        try {
            HttpRequest request = HttpRequest.newBuilder(uri).header("User-Agent", "Ostler").header("Content-Type", "application/tlsrpt+gzip")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(report)).build();
            int status = WebExchange.with(request, context, MOST_BYTES, deadline).statusCode();
            return status >= 200 && status < 300 ? Optional.empty() : Optional.of("HTTP status " + status);
        } catch (IOException | IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
