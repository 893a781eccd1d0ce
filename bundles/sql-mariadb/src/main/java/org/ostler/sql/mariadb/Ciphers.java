// SPDX-License-Identifier: Apache-2.0
package org.ostler.sql.mariadb;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code tls_ciphers}: names of single suites in OpenSSL's spelling, separated by colons; Java has its own spelling, that of the RFCs. */
final class Ciphers {

    private static final Map<String, String> ENDS = Map.of(
            "AES128-GCM-SHA256", "AES_128_GCM_SHA256", "AES256-GCM-SHA384", "AES_256_GCM_SHA384", "CHACHA20-POLY1305", "CHACHA20_POLY1305_SHA256",
            "AES128-SHA256", "AES_128_CBC_SHA256", "AES256-SHA384", "AES_256_CBC_SHA384", "AES128-SHA", "AES_128_CBC_SHA", "AES256-SHA", "AES_256_CBC_SHA", "AES256-SHA256", "AES_256_CBC_SHA256");
    private static final Map<String, String> EXCHANGES = Map.of("ECDHE-RSA-", "ECDHE_RSA", "ECDHE-ECDSA-", "ECDHE_ECDSA", "DHE-RSA-", "DHE_RSA", "", "RSA");

    private Ciphers() {}

    static List<String> javaNames(String list) throws SQLException {
        var names = new ArrayList<String>();
        for (String word : list.split("[:, ]+")) {
            names.add(word.startsWith("TLS_") ? word : javaName(word));
        }
        return names;
    }

    private static String javaName(String word) throws SQLException {
        for (Map.Entry<String, String> exchange : EXCHANGES.entrySet()) {
            String end = word.startsWith(exchange.getKey()) ? ENDS.get(word.substring(exchange.getKey().length())) : null;
            if (end != null) {
                return "TLS_" + exchange.getValue() + "_WITH_" + end;
            }
        }
        throw new SQLException("unsupported cipher in tls_ciphers: " + word, "08001");
    }
}
