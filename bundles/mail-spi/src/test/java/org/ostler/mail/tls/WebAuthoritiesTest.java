// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The JDK's own authorities are written to a file, as an operating system has one. */
class WebAuthoritiesTest {

    @TempDir
    Path dir;

    private static String pem(X509Certificate certificate) throws Exception {
        return "# what distributions write between two\n-----BEGIN CERTIFICATE-----\n" + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(certificate.getEncoded()) + "\n-----END CERTIFICATE-----\n";
    }

    @Test
    void those_of_the_system_count_and_where_it_has_none_those_of_the_JDK() throws Exception {
        List<X509Certificate> jdk = WebAuthorities.read(Optional.empty());
        assertThat(jdk).hasSizeGreaterThan(10);
        Path file = dir.resolve("ca-certificates.crt");
        Files.writeString(file, pem(jdk.get(0)) + pem(jdk.get(1)));
        assertThat(WebAuthorities.read(Optional.of(file))).containsExactly(jdk.get(0), jdk.get(1));
    }

    @Test
    void one_that_Java_cannot_read_costs_no_other_and_an_empty_list_is_none() throws Exception {
        List<X509Certificate> jdk = WebAuthorities.read(Optional.empty());
        Path file = dir.resolve("ca-certificates.crt");
        Files.writeString(file, pem(jdk.get(0)) + "-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n" + pem(jdk.get(1)));
        assertThat(WebAuthorities.read(Optional.of(file))).containsExactly(jdk.get(0), jdk.get(1));
        Files.writeString(file, "");
        assertThatThrownBy(() -> WebAuthorities.read(Optional.of(file))).hasMessageContaining("no certificate in it");
    }

    @Test
    void the_file_is_read_again_when_it_has_changed_and_nobody_is_trusted_where_it_cannot_be_read() throws Exception {
        List<X509Certificate> jdk = WebAuthorities.read(Optional.empty());
        Path file = Files.writeString(dir.resolve("ca-certificates.crt"), pem(jdk.get(0)));
        SSLContext first = WebAuthorities.context(Optional.of(file));
        assertThat(WebAuthorities.context(Optional.of(file))).isSameAs(first);
        Files.writeString(file, pem(jdk.get(0)) + pem(jdk.get(1)));
        assertThat(WebAuthorities.context(Optional.of(file))).isNotSameAs(first);
        Files.writeString(file, "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
        assertThatThrownBy(() -> WebAuthorities.context(Optional.of(file))).isInstanceOf(UncheckedIOException.class).hasMessageContaining("ca-certificates.crt");
        Files.delete(file);
        assertThatThrownBy(() -> WebAuthorities.context(Optional.of(file))).isInstanceOf(UncheckedIOException.class).hasMessageEndingWith(file + ": No such file or directory");
        assertThatThrownBy(() -> WebAuthorities.read(Optional.of(file))).hasMessage("cannot load certification authority data from " + file + ": No such file or directory");
    }

    /** Links that lead to each other can be read by nobody, not by root either. */
    @Test
    void a_list_that_is_there_and_cannot_be_read_is_no_missing_one() throws Exception {
        Path missing = dir.resolve("missing");
        Path closed = Files.createSymbolicLink(dir.resolve("closed"), dir.resolve("again"));
        Files.createSymbolicLink(dir.resolve("again"), closed);
        assertThat(WebAuthorities.firstOf(List.of(missing))).isEmpty();
        assertThat(WebAuthorities.firstOf(List.of(missing, closed, Files.createFile(dir.resolve("other"))))).contains(closed);
        assertThatThrownBy(() -> WebAuthorities.read(Optional.of(closed))).hasMessageContaining("symbolic links");
    }
}
