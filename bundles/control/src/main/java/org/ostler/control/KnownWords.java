// SPDX-License-Identifier: Apache-2.0
package org.ostler.control;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.tls.spi.TlsEngine;

/**
 * Which words of a configuration some bundle here knows: {@code check} and {@code reload} are programs of their own, and know nothing of what was installed into the running server.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> none.
 */
final class KnownWords {

    /** As {@code ostler tailor} has it, for a value of {@code tls_provider}. */
    private static final String ENGINE = "engine:";

    private final BundleContext context;

    KnownWords(BundleContext context) {
        this.context = context;
    }

    /** @param words names of parameters, and {@code engine:NAME}; those that are known come out again */
    void run(List<String> words, Consumer<String> out) {
        Set<String> known = new TreeSet<>(parameters());
        engines().forEach(name -> known.add(ENGINE + name));
        words.stream().filter(known::contains).forEach(out);
    }

    private Set<String> parameters() {
        var names = new TreeSet<String>();
        for (ServiceReference<ParameterSet> each : all(ParameterSet.class)) {
            ParameterSet set = context.getService(each);
            if (set != null) {
                set.all().forEach(parameter -> names.add(parameter.name()));
                context.ungetService(each);
            }
        }
        return names;
    }

    private List<String> engines() {
        return all(TlsEngine.class).stream().map(each -> String.valueOf(each.getProperty("tls.engine.name"))).toList();
    }

    private <T> Collection<ServiceReference<T>> all(Class<T> type) {
        try {
            return context.getServiceReferences(type, null);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("no filter was given", e);
        }
    }
}
