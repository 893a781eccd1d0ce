// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * One request to a web server of strangers, and its answer: who serves a policy (MTA-STS), or takes a report.
 *
 * <p><b>Security</b> Redirects are not followed, no more of an answer is taken than the caller wants, and everything has to be over at the deadline, a body that drips included.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> until the deadline. <b>Errors</b> {@link IOException} whose message an operator can act on. <b>Nulls</b> none. Nothing is kept between two calls: no thread, no connection.
 */
public final class WebExchange {

    private WebExchange() {}

    /**
     * @param authorities {@link WebAuthorities#context}, in production
     * @param mostBytes   of the answer's body; with more it fails
     * @throws IOException          there is no answer; the cause is the HTTP client's trouble with the server, and none where the authorities cannot be read
     * @throws InterruptedException the caller is wanted elsewhere; the connection is closed
     */
    public static HttpResponse<byte[]> with(HttpRequest request, Supplier<SSLContext> authorities, int mostBytes, Duration deadline) throws IOException, InterruptedException {
        HttpClient client = client(authorities);
        try {
            CompletableFuture<HttpResponse<byte[]>> answer = client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), mostBytes));
            return answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException("no complete answer within " + deadline.toMillis() / 1000.0 + " s", e);
        } catch (ExecutionException e) {
            throw new IOException(reason(e.getCause()), e.getCause());
        } finally {
            client.shutdownNow();
        }
    }

    private static HttpClient client(Supplier<SSLContext> authorities) throws IOException {
        try {
            return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).followRedirects(HttpClient.Redirect.NEVER).sslContext(authorities.get()).build();
        } catch (UncheckedIOException e) {
            var trouble = new IOException(e.getMessage());
            trouble.addSuppressed(e);
            throw trouble;
        }
    }

    /** The innermost cause that says something. */
    private static String reason(Throwable trouble) {
        String text = trouble.getClass().getSimpleName();
        for (Throwable at = trouble; at != null; at = at.getCause()) {
            text = at.getMessage() == null || at.getMessage().isBlank() ? text : at.getMessage();
        }
        return text;
    }
}
