// SPDX-License-Identifier: Apache-2.0
package org.ostler.sts;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.ostler.mail.tls.CertificateNames;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.tls.WebAuthorities;
import org.ostler.mail.tls.WebExchange;

/**
 * Gets one policy over HTTPS (RFC 8461 section 3.3): a certificate that the system's authorities vouch for and that names the policy host, status 200, {@code text/plain}, no redirects, no caches.
 *
 * <h2>Security</h2> Talks to servers of strangers: at most {@link #MOST_BYTES} of body are taken, and everything has to be over at the deadline, a body that drips included.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> until the deadline. Nothing is kept between two calls: no thread, no connection.
 */
final class PolicyFetch {

    /** Of the body; as section 3.3 suggests. */
    static final int MOST_BYTES = 64 * 1024;
    private static final Pattern DOMAIN = Pattern.compile("(?=.{1,245}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*");
    private static final int HTTPS = 443;
    private static final int OK = 200;

    sealed interface Result {}

    record Got(StsPolicy policy) implements Result {}

    /** @param result what reports say: nothing came, what came is no policy, or the host did not prove its name (RFC 8460 section 4.3.2.2) */
    record Failed(String why, TlsResult result) implements Result {

        /** Nothing came. */
        static Failed of(String why) {
            return new Failed(why, TlsResult.STS_POLICY_FETCH_ERROR);
        }
    }

    private final Supplier<SSLContext> context;
    private final int port;

    /** @param context whose authorities count @param port 443 but in tests */
    PolicyFetch(Supplier<SSLContext> context, int port) {
        this.context = context;
        this.port = port;
    }

    /** With the authorities of the web, which are read with the first policy and not at the start. */
    static PolicyFetch standard() {
        return new PolicyFetch(WebAuthorities::context, HTTPS);
    }

    /** @throws InterruptedException the caller is wanted elsewhere; the connection is closed */
    Result fetch(String domain, Duration deadline) throws InterruptedException {
        String host = "mta-sts." + domain;
        URI uri;
        try {
            if (!DOMAIN.matcher(domain).matches()) {
                throw new URISyntaxException(host, "not a host name");
            }
            uri = new URI("https", null, host, port == HTTPS ? -1 : port, "/.well-known/mta-sts.txt", null, null).parseServerAuthority();
        } catch (URISyntaxException _) {
            return Failed.of("no host can have the name " + host);
        }
        HttpRequest request = HttpRequest.newBuilder(uri).header("User-Agent", "Ostler").header("Accept", "text/plain").GET().build();
        try {
            return judge(host, WebExchange.with(request, context, MOST_BYTES, deadline));
        } catch (IOException e) {
            return new Failed(host + ": " + e.getMessage(), isOfCertificate(e.getCause()) ? TlsResult.STS_WEBPKI_INVALID : TlsResult.STS_POLICY_FETCH_ERROR);
        }
    }

    private static Result judge(String host, HttpResponse<byte[]> response) {
        Optional<String> wrongName = response.sslSession().flatMap(session -> wrongName(host, session));
        if (wrongName.isPresent()) {
            return new Failed(host + ": " + wrongName.get(), TlsResult.STS_WEBPKI_INVALID);
        }
        if (response.statusCode() != OK) {
            return Failed.of(host + " answers with HTTP status " + response.statusCode());
        }
        String type = response.headers().firstValue("Content-Type").orElse("");
        if (!type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals("text/plain")) {
            return Failed.of(host + " answers with content of type \"" + type + "\" instead of text/plain");
        }
        try {
            return new Got(StsPolicy.parse(response.body()));
        } catch (StsPolicy.InvalidException e) {
            return new Failed("policy of " + host + " is not valid: " + e.getMessage(), TlsResult.STS_POLICY_INVALID);
        }
    }

    /** The JDK has compared the name by its rules, which count a common name and a partial wildcard; section 3.3 counts DNS names and whole labels only. */
    private static Optional<String> wrongName(String host, SSLSession session) {
        try {
            X509Certificate certificate = (X509Certificate) session.getPeerCertificates()[0];
            return CertificateNames.match(host, CertificateNames.alternatives(certificate), false) ? Optional.empty() : Optional.of("the certificate is not for this name");
        } catch (SSLPeerUnverifiedException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** The host was reached, and is not proved to be what it says: no chain, a date, another name. */
    private static boolean isOfCertificate(Throwable trouble) {
        for (Throwable at = trouble; at != null; at = at.getCause()) {
            if (at instanceof CertificateException || at instanceof CertPathValidatorException || at instanceof SSLPeerUnverifiedException) {
                return true;
            }
        }
        return false;
    }
}
