// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Whether systemd may know users that are in no file: those of systemd-homed, of user records, of other programs that offer some (nss-systemd(8), systemd-userdbd.service(8)).
 *
 * <p>Debian's {@code passwd: files systemd} stands on machines that have none of them, and there nobody needs to be asked for each name that strangers invent. What was seen
 * counts for {@link #KEPT}: six directories for each of those names would be too much too.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> looks at six directories, most of which are absent, at most once a second. <b>Errors</b> what cannot be looked at may hold users.
 */
final class SystemdUsers {

    /** Services of systemd whose users get no mail, or who hand on what the others and the directories say. */
    private static final Set<String> NOBODY = Set.of("io.systemd.DynamicUser", "io.systemd.Machine", "io.systemd.NamespaceResource", "io.systemd.Multiplexer", "io.systemd.DropIn", "io.systemd.NameServiceSwitch");
    /** Records of users, as systemd-userdbd.service(8) names the places. */
    private static final List<String> RECORDS = List.of("etc/userdb", "run/userdb", "run/host/userdb", "usr/local/lib/userdb", "usr/lib/userdb");

    private static final long KEPT = TimeUnit.SECONDS.toNanos(1);

    /** @param at when the look began */
    private record Look(long at, boolean any) {}

    private final LongSupplier nanoTime;
    private final File services;
    private final List<File> records;
    private volatile Look last;

    /** @param root of the file system, {@code /} but in tests */
    SystemdUsers(Path root, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.services = root.resolve("run/systemd/userdb").toFile();
        this.records = RECORDS.stream().map(name -> root.resolve(name).toFile()).toList();
    }

    boolean any() {
        Look look = last;
        long now = nanoTime.getAsLong();
        if (look == null || now - look.at >= KEPT) {
            look = new Look(now, holds(services, NOBODY) || records.stream().anyMatch(directory -> holds(directory, Set.of())));
            last = look;
        }
        return look.any;
    }

    private static boolean holds(File directory, Set<String> besides) {
        String[] names = directory.list();
        return names == null ? directory.exists() : !besides.containsAll(List.of(names));
    }
}
