// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.util.List;
import java.util.function.Consumer;

/** The queue commands while the server is down: the store itself, under its lock. */
final class OfflineQueue {

    private static final int UNAVAILABLE = 69;

    private OfflineQueue() {}

    static int list(Terminal terminal, Instance instance, boolean json) throws Terminal.Fatal {
        throw new Terminal.Fatal(UNAVAILABLE, "Queue report unavailable - mail system is down");
    }

    static void change(Terminal terminal, Instance instance, String verb, List<String> ids, Consumer<String> report) throws Terminal.Fatal {
        throw new Terminal.Fatal("mail system is down");
    }

    static void cat(Terminal terminal, Instance instance, String id, String parts) throws Terminal.Fatal {
        throw new Terminal.Fatal("mail system is down");
    }
}
