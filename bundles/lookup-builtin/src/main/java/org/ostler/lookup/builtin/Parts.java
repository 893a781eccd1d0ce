// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.util.ArrayList;
import java.util.List;
import org.ostler.mail.config.Lists;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;

/** Reads <code>{ type:name, { type:name } ... }</code>, which {@link UnionMap} and {@link PipeMap} share. */
final class Parts {

    private Parts() {}

    static List<TableList> of(TableSpec spec) throws TableOpenException {
        String need = "bad syntax: \"" + spec.text() + "\"; need \"" + spec.type() + ":{type:name...}\"";
        String text = spec.braced().filter(inside -> !inside.isEmpty()).orElseThrow(() -> new TableOpenException(need));
        var parts = new ArrayList<TableList>();
        for (String element : Lists.split(text)) {
            if (Lists.endsEarly(element)) {
                throw new TableOpenException("syntax error after '}' in \"" + element + "\": " + need);
            }
            String map = Lists.unbrace(element);
            if (map.indexOf(':') <= 0 || Lists.split(map).size() != 1) {
                throw new TableOpenException(need);
            }
            parts.add(spec.tables().open(map, spec.text()));
        }
        if (parts.isEmpty()) {
            // One that is made of nothing would say "not found" to everything.
            throw new TableOpenException(need);
        }
        return parts;
    }
}
