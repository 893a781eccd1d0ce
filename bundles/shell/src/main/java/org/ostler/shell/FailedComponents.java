// SPDX-License-Identifier: Apache-2.0
package org.ostler.shell;

import java.util.Map;
import java.util.TreeMap;
import org.osgi.framework.Bundle;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/**
 * The components of a bundle that Declarative Services has tried to activate in vain: the bundle is active for all that, and whoever looks at its state only takes it for working.
 *
 * <p>A component that waits for a neighbour or for its configuration has not failed. One that is made when it is first asked for is not known to fail before that. OSGi Compendium section 112.9.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> none.
 */
final class FailedComponents {

    private final ServiceComponentRuntime runtime;

    FailedComponents(ServiceComponentRuntime runtime) {
        this.runtime = runtime;
    }

    /** The exception of each, in a line, by the name of the component. */
    Map<String, String> of(Bundle bundle) {
        var failed = new TreeMap<String, String>();
        for (ComponentDescriptionDTO component : runtime.getComponentDescriptionDTOs(bundle)) {
            for (ComponentConfigurationDTO configuration : runtime.getComponentConfigurationDTOs(component)) {
                if (configuration.state == ComponentConfigurationDTO.FAILED_ACTIVATION) {
                    failed.putIfAbsent(component.name, reason(configuration.failure));
                }
            }
        }
        return failed;
    }

    /** A stack trace is given. What the component itself has thrown stands in the last cause. */
    private static String reason(String trace) {
        return trace == null ? "no reason given" : trace.lines().filter(line -> !line.isBlank() && !line.startsWith("\t")).reduce((first, last) -> last).orElse("no reason given").replaceFirst("^Caused by: ", "").strip();
    }
}
