// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.ostler.mail.tls.WebAuthorities;

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
        SSLContext authorities;
        try {
            authorities = context.get();
        } catch (UncheckedIOException e) {
            return Optional.of(e.getMessage());
        }
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).followRedirects(HttpClient.Redirect.NEVER).sslContext(authorities).build();
        try {
            HttpRequest request = HttpRequest.newBuilder(uri).header("User-Agent", "Ostler").header("Content-Type", "application/tlsrpt+gzip")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(report)).build();
            CompletableFuture<HttpResponse<byte[]>> answer = client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MOST_BYTES));
            int status = answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS).statusCode();
            return status >= 200 && status < 300 ? Optional.empty() : Optional.of("HTTP status " + status);
        } catch (TimeoutException _) {
            return Optional.of("no complete answer within " + deadline.toMillis() / 1000.0 + " s");
        } catch (ExecutionException e) {
            return Optional.of(reason(e.getCause()));
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        } finally {
            client.shutdownNow();
        }
    }

    private static String reason(Throwable trouble) {
        String text = trouble.getClass().getSimpleName();
        for (Throwable at = trouble; at != null; at = at.getCause()) {
            text = at.getMessage() == null || at.getMessage().isBlank() ? text : at.getMessage();
        }
        return text;
    }
}
