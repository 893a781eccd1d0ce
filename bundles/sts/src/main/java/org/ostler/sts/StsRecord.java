// SPDX-License-Identifier: Apache-2.0
package org.ostler.sts;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The TXT record at {@code _mta-sts.DOMAIN}: there is a policy, and this is its id (RFC 8461 section 3.1).
 *
 * @param id changes whenever the policy does
 */
record StsRecord(String id) {

    private static final Pattern OURS = Pattern.compile("v=STSv1[ \\t]*;.*", Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,31}");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9]{1,32}");
    private static final Pattern VALUE = Pattern.compile("[\\x21-\\x3a\\x3c\\x3e-\\x7e]+");

    /**
     * The one record that counts.
     *
     * @param texts all TXT records of the name, the strings of each joined
     * @return empty where there is none, more than one, or one that breaks the grammar: the domain has no policy to discover
     */
    static Optional<StsRecord> of(List<String> texts) {
        List<String> ours = texts.stream().filter(text -> OURS.matcher(text).matches()).toList();
        return ours.size() == 1 ? parse(ours.getFirst()) : Optional.empty();
    }

    private static Optional<StsRecord> parse(String text) {
        String[] fields = text.split(";", -1);
        // One delimiter may be the last; two in a row leave an empty field, which is an error.
        int end = fields[fields.length - 1].isBlank() ? fields.length - 1 : fields.length;
        String id = null;
        for (int i = 1; i < end; i++) {
            String field = fields[i].strip();
            int equals = field.indexOf('=');
            String name = equals < 0 ? "" : field.substring(0, equals);
            String value = field.substring(equals + 1);
            if (!NAME.matcher(name).matches() || !VALUE.matcher(value).matches()) {
                return Optional.empty();
            }
            if (name.equals("id") && id == null) { // of fields that come twice the first counts (section 3.2)
                id = value;
            }
        }
        return Optional.ofNullable(id).filter(value -> ID.matcher(value).matches()).map(StsRecord::new);
    }
}
