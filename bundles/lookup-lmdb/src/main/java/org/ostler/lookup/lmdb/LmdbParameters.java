// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** Parameters of LMDB tables. */
@Component(service = ParameterSet.class)
public final class LmdbParameters extends ParameterSet {

    public static final Parameter<Long> LMDB_MAP_SIZE = size("lmdb_map_size", "16777216", 1, """
        Bytes that a new LMDB file may grow to before it is enlarged; one that needs more gets it.""");
}
