// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * One row of master.cf (master(5)).
 *
 * @param name      service name: {@code smtp}, {@code 127.0.0.1:2525}, {@code submission}
 * @param type      {@code inet}, {@code unix}, {@code unix-dgram}, {@code fifo}, {@code pass}
 * @param isPrivate private column, {@code -} resolved to its default y
 * @param unprivileged unprivileged column, default y
 * @param chroot    chroot column, default by compatibility level; has no effect here
 * @param wakeup    wakeup column as written, {@code -} included
 * @param maxproc   process limit where the row gives a number; 0 is "no limit"; empty for {@code -}
 * @param command   program: {@code smtpd}
 * @param arguments words behind the program, {@code -o} options removed
 * @param overrides {@code -o name=value} layer, unexpanded; but a myorigin that names a file is the name in that file, as in main.cf
 * @param file      where the row stands
 * @param line      where the row stands, from 1
 */
public record ServiceRow(String name, String type, boolean isPrivate, boolean unprivileged, boolean chroot, String wakeup,
                         OptionalInt maxproc, String command, List<String> arguments, Map<String, String> overrides, String file, int line) {

    public ServiceRow {
        arguments = List.copyOf(arguments);
        overrides = Map.copyOf(overrides);
    }

    /** What lies over main.cf for this row: its name and program, and its {@code -o} options. */
    public Map<String, String> layer() {
        var layer = new HashMap<>(Map.of("service_name", name, "process_name", command));
        layer.putAll(overrides);
        return layer;
    }

    /** {@code smtp/inet}, as postconf -M names it. */
    public String key() {
        return name + "/" + type;
    }
}
