// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.ostler.mail.delivery.spi.Transport;
import org.ostler.mail.lease.Leased;

/** Transports by the program name in master.cf's command column. <b>Threads</b> any. */
final class Transports {

    private final Map<String, Patient<Transport>> byProgram = new ConcurrentHashMap<>();
    private final LongSupplier ticker;
    private volatile Consumer<Set<String>> came = programs -> { };

    Transports(LongSupplier ticker) {
        this.ticker = ticker;
    }

    Patient<Transport> of(String program) {
        return byProgram.computeIfAbsent(program, name -> new Patient<>(new Leased<>("transport " + name), ticker));
    }

    /** Who wants to know that programs have come. */
    void onArrival(Consumer<Set<String>> listener) {
        came = listener;
    }

    void bind(Transport transport, Set<String> programs, Comparable<?> rank) {
        programs.forEach(program -> of(program).leased().bind(transport, rank));
        came.accept(programs);
    }

    void unbind(Transport transport, Set<String> programs, Comparable<?> rank) {
        programs.forEach(program -> of(program).leased().unbind(transport, rank));
    }
}
