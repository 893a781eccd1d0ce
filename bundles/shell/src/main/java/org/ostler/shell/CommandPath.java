// SPDX-License-Identifier: Apache-2.0
package org.ostler.shell;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;

/**
 * The bundles by which a command gets here. Who stops one has no command left to start it with: in the best case a restart helps, and not even that where the stop is remembered.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> none.
 */
final class CommandPath {

    /** Of what runs the components of other bundles: they all end with it. */
    private static final String EXTENDER = "osgi.extender";

    /** Where the first of Ostler's own starts; what is below is the container. See features/src/main/feature/feature.xml. */
    private static final int FIRST_LEVEL = 50;

    private final Bundle self;

    CommandPath(Bundle self) {
        this.self = self;
    }

    /** @param users who have the commands as a service */
    void refuseStop(Bundle bundle, Collection<Bundle> users) {
        refuse(bundle, users);
        if (below(self).contains(bundle)) {
            throw new IllegalStateException(bundle.getSymbolicName() + " is needed by " + self.getSymbolicName() + ", which answers this command, and could not be started again");
        }
    }

    /** A library may be: its users go on with the old one. */
    void refuseUpdate(Bundle bundle, Collection<Bundle> users) {
        refuse(bundle, users);
        BundleWiring wiring = self.adapt(BundleWiring.class);
        if (wiring != null && wiring.getRequiredWires(EXTENDER).stream().anyMatch(wire -> bundle.equals(wire.getProvider().getBundle()))) {
            throw new IllegalStateException(bundle.getSymbolicName() + " runs the parts of the server, all of which would end, and this command with them");
        }
    }

    private void refuse(Bundle bundle, Collection<Bundle> users) {
        if (bundle.getBundleId() == 0) {
            throw new IllegalStateException("bundle 0 is the framework: the server is ended with \"ostler stop\"");
        }
        if (bundle.equals(self) || users.contains(bundle)) {
            throw new IllegalStateException(bundle.getSymbolicName() + " carries this command and would cut off its own answer: it is exchanged while the server is stopped, with the distribution");
        }
        if (bundle.adapt(BundleStartLevel.class).getStartLevel() < FIRST_LEVEL) {
            // Configuration, features, logs: whoever updates one ends what answers him, half way.
            throw new IllegalStateException(bundle.getSymbolicName() + " belongs to the container, in which all parts of the server run: it is exchanged while the server is stopped, with the distribution");
        }
    }

    private static Set<Bundle> below(Bundle top) {
        var found = new HashSet<Bundle>();
        var open = new ArrayDeque<Bundle>();
        open.add(top);
        while (!open.isEmpty()) {
            BundleWiring wiring = open.remove().adapt(BundleWiring.class);
            if (wiring != null) {
                wiring.getRequiredWires(null).stream().map(BundleWire::getProvider).map(revision -> revision.getBundle()).filter(found::add).forEach(open::add);
            }
        }
        return found;
    }
}
