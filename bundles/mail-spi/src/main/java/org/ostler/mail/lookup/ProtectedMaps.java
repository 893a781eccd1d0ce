// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.Settings;

/**
 * A parameter that names tables of which something is demanded. One declaration, for the program that asks the tables and for {@code check}, so that the two cannot differ.
 *
 * <p>A constant beside the parameter in its {@link ParameterSet}, where {@link ParameterSet#constants} finds it. Of the tables of a parameter that has none nothing is demanded.
 *
 * @param parameter  names the tables
 * @param protection what is demanded of them
 * @param program    of master.cf, who demands it; another program that reads the same parameter may demand nothing. Empty for what is asked on behalf of all
 */
public record ProtectedMaps(Parameter<String> parameter, Protection protection, String program) {

    /** The tables, for who demands it. Cheap. */
    public TableList open(Tables tables, Settings settings) {
        return tables.open(settings.get(parameter), parameter.name(), protection);
    }
}
