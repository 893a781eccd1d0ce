// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.tailor;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;

/**
 * What can be shipped or left out: one bundle of Ostler, or of the vendor, with what its manifest says.
 *
 * @param name     as operators know it: {@code smtp-client}
 * @param standard belongs to the full distribution; others (the store of tests) are taken only by name
 */
record Part(String name, boolean standard, List<Clause> provides, List<Clause> requires) {

    /** Effective time of requirements that only an assembly has to meet: a running server goes on, waiting, without the neighbour. */
    static final String ASSEMBLE = "assemble";
    static final String SERVICE = "osgi.service";
    static final String TABLE = "org.ostler.table";
    static final String PROGRAM = "org.ostler.program";
    /** Implementations of TLS, by the words of {@code tls_provider}. */
    static final String ENGINE = "org.ostler.engine";
    private static final String OURS = "org.ostler.";

    static Part of(String name, boolean standard, Attributes manifest) {
        return new Part(name, standard, Clause.parse(manifest.getValue("Provide-Capability")), Clause.parse(manifest.getValue("Require-Capability")));
    }

    /** What has to be in an assembly with this part. */
    List<Clause> needs() {
        return requires.stream().filter(Part::isNeed).toList();
    }

    /**
     * A reference to a service of ours is a need, except where it collects plug-ins (packages that end in {@code .spi}): none is a proper number of those. What no reference
     * shows is stated with {@code effective:=assemble}.
     */
    private static boolean isNeed(Clause requirement) {
        if (isStated(requirement)) {
            return true;
        }
        String type = requirement.namespace().equals(SERVICE) ? requirement.wanted().getOrDefault("objectClass", "") : "";
        return type.startsWith(OURS) && !type.substring(0, type.lastIndexOf('.')).endsWith(".spi");
    }

    static boolean isStated(Clause requirement) {
        return ASSEMBLE.equals(requirement.values().get("effective:"));
    }

    /** Whether a part that is there for these table types has this need: one that names a type ({@code org.ostler.table=sqlite} beside its filter) is the need of that type only. */
    static boolean counts(Clause requirement, Collection<String> types) {
        List<String> limits = requirement.attribute(TABLE);
        return limits.isEmpty() || limits.stream().anyMatch(types::contains);
    }

    /** Table types of this part that cannot work in this company: somebody whom they need is not there. */
    Set<String> lame(Collection<Part> company) {
        var lame = new TreeSet<String>();
        for (Clause requirement : requires) {
            if (company.stream().noneMatch(part -> part.meets(requirement))) {
                lame.addAll(requirement.attribute(TABLE));
            }
        }
        return lame;
    }

    boolean meets(Clause requirement) {
        Map<String, String> wanted = requirement.wanted();
        return provides.stream().filter(capability -> capability.namespace().equals(requirement.namespace()))
                .anyMatch(capability -> wanted.entrySet().stream().allMatch(each -> capability.attribute(each.getKey()).contains(each.getValue())));
    }

    /** Words of one namespace, where the attribute has the name of the namespace: the table types, the programs. */
    Set<String> words(String namespace) {
        var words = new TreeSet<String>();
        provides.stream().filter(capability -> capability.namespace().equals(namespace)).forEach(capability -> words.addAll(capability.attribute(namespace)));
        return words;
    }
}
