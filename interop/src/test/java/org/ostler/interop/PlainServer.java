// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;

/**
 * The plain wiring: Felix, Declarative Services and the bundles of the distribution, without Karaf.
 *
 * <p>The bundles and their start levels are read from the distribution's own feature file, so that nothing can be forgotten here.
 * Left out is what needs Karaf: the console. TERM stops the framework as Karaf does: start levels backwards.
 *
 * <p>Arguments: the assembly's directory; a directory for Felix's cache, emptied at each start.
 */
public final class PlainServer {

    private static final int LAST_LEVEL = 100;
    private static final Pattern BUNDLE = Pattern.compile("<bundle start-level=\"(\\d+)\">mvn:([^/]+)/([^/]+)/([^<]+)</bundle>");
    private static final List<String> RUNTIME = List.of("org/osgi/org.osgi.util.function", "org/osgi/org.osgi.util.promise",
            "org/osgi/org.osgi.service.component", "org/apache/felix/org.apache.felix.configadmin", "org/apache/felix/org.apache.felix.scr");
    private static final List<String> NEEDS_KARAF_OR_FORGETS = List.of("shell", "queue-memory");

    private PlainServer() {}

    public static void main(String[] arguments) throws Exception {
        Path system = Path.of(arguments[0], "system");
        Framework framework = new FrameworkFactory().newFramework(Map.of(
                "org.osgi.framework.storage", arguments[1],
                "org.osgi.framework.storage.clean", "onFirstInit",
                "org.osgi.framework.system.packages.extra", "org.slf4j;version=1.7.36,sun.misc,sun.nio.ch",
                "felix.log.level", "1"));
        framework.init();
        framework.getBundleContext().addFrameworkListener(event -> {
            if (event.getType() == FrameworkEvent.ERROR) {
                event.getThrowable().printStackTrace();
            }
        });
        var bundles = new ArrayList<Bundle>();
        for (Map.Entry<Path, Integer> jar : jars(system).entrySet()) {
            Bundle bundle = framework.getBundleContext().installBundle(jar.getKey().toUri().toString());
            bundle.adapt(BundleStartLevel.class).setStartLevel(jar.getValue());
            bundles.add(bundle);
        }
        for (Bundle bundle : bundles) {
            bundle.start();
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(framework)));
        framework.start();
        var started = new CountDownLatch(1);
        framework.adapt(FrameworkStartLevel.class).setStartLevel(LAST_LEVEL, event -> started.countDown());
        started.await();
        framework.waitForStop(0);
    }

    private static void stop(Framework framework) {
        try {
            framework.stop();
            framework.waitForStop(60_000);
        } catch (Exception e) {
            e.printStackTrace();
        }
    }

    private static Map<Path, Integer> jars(Path system) throws Exception {
        var jars = new TreeMap<Path, Integer>();
        for (String part : RUNTIME) {
            jars.put(only(system.resolve(part), ".jar"), 10);
        }
        String features = Files.readString(only(system.resolve("org/ostler/features"), "-features.xml"));
        for (Matcher bundle = BUNDLE.matcher(features); bundle.find();) {
            boolean console = bundle.group(2).startsWith("org.apache.karaf") || bundle.group(2).equals("org.jline");
            if (!console && !NEEDS_KARAF_OR_FORGETS.contains(bundle.group(3))) {
                jars.put(only(system.resolve(bundle.group(2).replace('.', '/')).resolve(bundle.group(3)), ".jar"), Integer.valueOf(bundle.group(1)));
            }
        }
        return jars;
    }

    private static Path only(Path directory, String suffix) throws Exception {
        try (var files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(suffix)).findFirst().orElseThrow(() -> new IllegalStateException("no " + suffix + " below " + directory));
        }
    }
}
