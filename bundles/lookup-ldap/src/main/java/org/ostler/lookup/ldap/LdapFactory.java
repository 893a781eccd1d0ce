// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableParameters;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;

/**
 * {@code ldap:/file.cf} and {@code ldap:name}: tables in an LDAP directory, ldap_table(5).
 *
 * <p>Opening reads parameters and certificates and asks no server. Tables that reach their directory in the same way share its connections. <b>Threads</b> any.
 */
@Component(name = "table-ldap", service = TableFactory.class)
@TableType("ldap")
public final class LdapFactory implements TableFactory {

    private static final class Shared {
        final Directory directory;
        int users;

        Shared(Directory directory) {
            this.directory = directory;
        }
    }

    private final Map<Access, Shared> directories = new HashMap<>();

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        TableParameters parameters = TableParameters.of(spec);
        Plan plan = Plan.of(spec, parameters);
        Access access = Access.of(spec, parameters);
        parameters.warnUnused();
        var sources = new ArrayList<Path>(parameters.sources());
        if (access.tls().used()) {
            access.tls().files().all().forEach(sources::add);
        }
        return new LdapTable(plan, acquire(access, spec.name()), sources, () -> release(access));
    }

    private synchronized Directory acquire(Access access, String table) throws TableOpenException {
        Shared shared = directories.get(access);
        if (shared == null) {
            shared = new Shared(new Directory(access, access.tls().used() ? access.tls().context(table) : null));
            directories.put(access, shared);
        }
        shared.users++;
        return shared.directory;
    }

    /** Connections that wait for the next lookup; for tests. */
    synchronized int kept() {
        return directories.values().stream().mapToInt(shared -> shared.directory.idle()).sum();
    }

    private void release(Access access) {
        Directory last = null;
        synchronized (this) {
            Shared shared = directories.get(access);
            if (--shared.users == 0) {
                directories.remove(access);
                last = shared.directory;
            }
        }
        if (last != null) {
            last.close();
        }
    }
}
