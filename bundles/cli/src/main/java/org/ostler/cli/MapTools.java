// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.util.List;

/** postmap(1), postalias(1), newaliases(1). */
final class MapTools {

    private MapTools() {}

    static int run(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        throw new Terminal.Fatal("not built in");
    }

    static int newaliases(Terminal terminal, Instance instance) throws Terminal.Fatal {
        throw new Terminal.Fatal("not built in");
    }
}
