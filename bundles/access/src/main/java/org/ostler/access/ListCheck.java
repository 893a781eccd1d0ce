// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet.Finding;
import org.ostler.mail.config.Settings;

/**
 * Reads restriction lists without evaluating them: what the evaluator would answer with 451 is told before the first client comes. Warnings, for a word may belong to a plugin that is not here. Stateless.
 */
final class ListCheck {

    private static final Set<String> PSEUDO = Set.of("permit", "reject", "defer", "defer_if_permit", "defer_if_reject", "warn_if_reject");

    private ListCheck() {}

    static List<Finding> of(Settings settings, List<Parameter<List<String>>> lists) {
        var findings = new ArrayList<Finding>();
        Set<String> classes = Set.copyOf(settings.get(AccessParameters.CLASSES));
        lists.forEach(list -> look(list.name(), settings.get(list), classes, findings));
        classes.forEach(name -> look(name, Lists.split(settings.text(name)), classes, findings));
        if (!Policy.deniesRelay(settings)) {
            findings.add(new Finding("smtpd_relay_restrictions", Policy.OPEN_RELAY, false));
        }
        return findings;
    }

    private static void look(String list, List<String> words, Set<String> classes, List<Finding> findings) {
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i).toLowerCase(Locale.ROOT);
            if (word.indexOf(':') > 0 || PSEUDO.contains(word) || classes.contains(words.get(i))) {
                continue;
            }
            if (Words.find(word) == null) {
                findings.add(new Finding(list, "unknown smtpd restriction: \"" + words.get(i) + "\" in " + list, false));
                // What follows may be its argument.
                i += i + 1 < words.size() && Words.find(words.get(i + 1)) == null && !PSEUDO.contains(words.get(i + 1)) ? 1 : 0;
            } else if (Words.takesTable(word)) {
                i++;
                if (word.equals("check_ccert_access") && i < words.size()) {
                    CertificateWords.wrong(words.get(i)).ifPresent(why -> findings.add(new Finding(list, list + ": " + why, false)));
                } else if (i >= words.size() || words.get(i).indexOf(':') <= 0) {
                    findings.add(new Finding(list, "restriction " + word + " in " + list + ": bad argument \"" + (i < words.size() ? words.get(i) : "") + "\": need maptype:mapname", false));
                }
            }
        }
    }
}
