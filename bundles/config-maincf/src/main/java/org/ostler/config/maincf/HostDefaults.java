// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;

/**
 * Defaults that depend on the machine: {@code myhostname}, {@code mydomain}, {@code mynetworks}, {@code process_id}.
 *
 * <p>The host name comes from the kernel, never from the DNS, so that start does not wait for a resolver. Like Postfix, a name without a dot gets {@code .$mydomain}, and
 * {@code mydomain} is the host name without its first label, else {@code localdomain}.
 *
 * <p>{@code myorigin} may name a file whose first line is meant, as in Debian's Postfix and in nearly every main.cf that comes from there ({@code /etc/mailname}).
 */
final class HostDefaults {

    private HostDefaults() {}

    /** The given explicit values over the machine's defaults. */
    static Map<String, String> under(Map<String, String> explicit) {
        var all = new LinkedHashMap<String, String>();
        String host = explicit.containsKey("myhostname") ? Settings.of(explicit).text("myhostname") : kernelName();
        if (!explicit.containsKey("myhostname")) {
            all.put("myhostname", host.indexOf('.') > 0 ? host : host + (explicit.containsKey("mydomain") ? ".$mydomain" : ".localdomain"));
        }
        if (!explicit.containsKey("mydomain")) {
            int dot = host.indexOf('.');
            all.put("mydomain", dot > 0 && dot < host.length() - 1 ? host.substring(dot + 1) : "localdomain");
        }
        all.put("process_id", Long.toString(ProcessHandle.current().pid()));
        all.putAll(explicit);
        if (!explicit.containsKey("mynetworks")) {
            all.put("mynetworks", networks(Settings.of(all)));
        }
        if (explicit.containsKey("myorigin")) {
            all.put("myorigin", origin(Settings.of(all), explicit.get("myorigin")));
        }
        return all;
    }

    /** The row with the name that its {@code -o myorigin=/file} means. @param main the settings under the row */
    static ServiceRow of(ServiceRow row, Settings main) {
        String written = row.overrides().get("myorigin");
        if (written == null) {
            return row;
        }
        var overrides = new HashMap<>(row.overrides());
        overrides.put("myorigin", origin(main.with(row.layer()), written));
        return new ServiceRow(row.name(), row.type(), row.isPrivate(), row.unprivileged(), row.chroot(), row.wakeup(), row.maxproc(), row.command(), row.arguments(), overrides, row.file(), row.line());
    }

    /** @param written the value of myorigin as it stands there; it may name the file by another parameter */
    private static String origin(Settings settings, String written) {
        try {
            String value = settings.text("myorigin");
            return isFile(value) ? firstLine(Path.of(value), written) : written;
        } catch (BadValueException e) {
            // Whoever reads the value meets the same and says where it stands.
            return written;
        }
    }

    /** Whether an expanded value of myorigin names a file; after {@link #under} and {@link #of}: whether there is no name in it. */
    static boolean isFile(String origin) {
        return origin.startsWith("/");
    }

    private static String firstLine(Path file, String otherwise) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.findFirst().map(String::strip).filter(name -> !name.isEmpty()).orElse(otherwise);
        } catch (IOException | UncheckedIOException e) {
            return otherwise;
        }
    }

    private static String kernelName() {
        try {
            String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            return name.isEmpty() ? "localhost" : name;
        } catch (IOException e) {
            String name = System.getenv("HOSTNAME");
            return name == null || name.isEmpty() ? "localhost" : name;
        }
    }

    /** {@code mynetworks} by {@code mynetworks_style}, over the interfaces that inet_interfaces names (all, loopback-only, or addresses). */
    private static String networks(Settings settings) {
        String style = settings.text("mynetworks_style");
        String protocols = settings.text("inet_protocols");
        List<String> interfaces = Lists.split(settings.text("inet_interfaces"));
        var networks = new ArrayList<String>();
        try {
            for (NetworkInterface nic : NetworkInterface.networkInterfaces().toList()) {
                for (InterfaceAddress address : nic.getInterfaceAddresses()) {
                    if (listens(interfaces, address.getAddress()) && wanted(protocols, address.getAddress())) {
                        String network = network(style, address);
                        if (!networks.contains(network)) {
                            networks.add(network);
                        }
                    }
                }
            }
        } catch (SocketException e) {
            networks.clear();
        }
        return networks.isEmpty() ? "127.0.0.0/8 [::1]/128" : String.join(" ", networks);
    }

    private static boolean listens(List<String> interfaces, InetAddress address) {
        if (interfaces.contains("all") || address.isLoopbackAddress()) {
            return true;
        }
        return interfaces.contains(address.getHostAddress()) || interfaces.contains("[" + bare(address) + "]");
    }

    private static boolean wanted(String protocols, InetAddress address) {
        return protocols.contains("all") || protocols.contains(address instanceof Inet6Address ? "ipv6" : "ipv4");
    }

    private static String network(String style, InterfaceAddress address) {
        InetAddress ip = address.getAddress();
        byte[] bytes = ip.getAddress();
        int bits = switch (style) {
            case "host" -> bytes.length * 8;
            case "class" -> bytes.length == 16 ? address.getNetworkPrefixLength() : (bytes[0] & 0x80) == 0 ? 8 : (bytes[0] & 0x40) == 0 ? 16 : 24;
            default -> address.getNetworkPrefixLength();
        };
        for (int i = 0; i < bytes.length * 8; i++) {
            if (i >= bits) {
                bytes[i / 8] &= (byte) ~(0x80 >> i % 8);
            }
        }
        try {
            InetAddress masked = InetAddress.getByAddress(bytes);
            return bytes.length == 16 ? "[" + bare(masked) + "]/" + bits : masked.getHostAddress() + "/" + bits;
        } catch (java.net.UnknownHostException e) {
            throw new IllegalStateException("an address of " + bytes.length + " bytes", e);
        }
    }

    private static String bare(InetAddress address) {
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }
}
