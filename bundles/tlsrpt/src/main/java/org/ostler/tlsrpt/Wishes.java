// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.ostler.mail.model.Address;

/**
 * The TXT record at {@code _smtp._tls.DOMAIN}: where a domain wants its reports (RFC 8460 section 3).
 *
 * <p>Pure functions over hostile input. Of the places {@value #MOST} are heeded; those that are neither {@code mailto:} nor {@code https:} are left aside.
 */
final class Wishes {

    static final int MOST = 5;
    private static final int LONGEST = 2000;
    private static final Pattern OURS = Pattern.compile("v=TLSRPTv1[ \\t]*;.*", Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,31}");
    private static final Pattern VALUE = Pattern.compile("[\\x21-\\x3a\\x3c\\x3e-\\x7e]+");
    /** A plain address: neither quotes nor anything that means something in a header. */
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?");

    sealed interface Place {
        /** As the domain wrote it. */
        String text();
    }

    record Mail(String text, Address address) implements Place {}

    record Web(String text, URI uri) implements Place {}

    private Wishes() {}

    /**
     * Where to send to.
     *
     * @param texts all TXT records of the name, the strings of each joined
     * @return none where there is not exactly one record, or it breaks the grammar
     */
    static List<Place> of(List<String> texts) {
        List<String> ours = texts.stream().filter(text -> OURS.matcher(text).matches()).toList();
        return ours.size() == 1 ? places(ours.getFirst()) : List.of();
    }

    private static List<Place> places(String record) {
        String[] fields = record.split(";", -1);
        int end = fields[fields.length - 1].isBlank() ? fields.length - 1 : fields.length;
        var places = new LinkedHashSet<Place>();
        for (int i = 1; i < end; i++) {
            String field = fields[i].strip();
            int equals = field.indexOf('=');
            String name = equals < 0 ? "" : field.substring(0, equals);
            String value = field.substring(equals + 1);
            if (name.equals("rua")) {
                for (String uri : value.split(",")) {
                    place(uri.strip()).ifPresent(places::add);
                }
            } else if (!NAME.matcher(name).matches() || !VALUE.matcher(value).matches()) {
                return List.of();
            }
        }
        return new ArrayList<>(places).subList(0, Math.min(MOST, places.size()));
    }

    private static Optional<Place> place(String text) {
        if (text.length() > LONGEST) {
            return Optional.empty();
        }
        String lower = text.toLowerCase(Locale.ROOT);
        try {
            if (lower.startsWith("mailto:")) {
                // Fields after a question mark are for people who click (RFC 6068). URLDecoder takes + for a blank, so it is kept from it.
                String address = URLDecoder.decode(text.substring("mailto:".length()).split("\\?", 2)[0].replace("+", "%2B"), StandardCharsets.UTF_8);
                return ADDRESS.matcher(address).matches() ? Optional.of(new Mail(text, Address.of(address))) : Optional.empty();
            }
            if (lower.startsWith("https:")) {
                URI uri = new URI(text).parseServerAuthority();
                return uri.getHost() != null && uri.getRawUserInfo() == null ? Optional.of(new Web(text, uri)) : Optional.empty();
            }
        } catch (URISyntaxException | IllegalArgumentException _) {
            return Optional.empty(); // a place that does not exist
        }
        return Optional.empty();
    }
}
