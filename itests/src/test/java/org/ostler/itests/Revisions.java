// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;

import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import javax.management.ObjectName;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;

/**
 * What a bundle was before its changes: nothing may hold on to it. A thread, a timer, a driver that the JDK remembers, somebody's field would keep each replaced bundle in memory until the server is out of it. One thread.
 */
final class Revisions {

    /** Less than the half minute for which the PostgreSQL driver's own cleaner would stay. */
    private static final Duration PATIENCE = Duration.ofSeconds(25);

    /** By the state after which it was left. */
    private record Left(String why, WeakReference<ClassLoader> classes) {}

    private final Path dump;
    private final List<Left> left = new ArrayList<>();

    /** @param dump where a heap dump goes that shows what holds on to what was left */
    Revisions(Path dump) {
        this.dump = dump.toAbsolutePath();
    }

    /** Before a change. */
    void remember(Bundle bundle, String change) {
        BundleWiring wiring = bundle.adapt(BundleWiring.class);
        left.add(new Left(change, new WeakReference<>(wiring.getClassLoader())));
    }

    /** @param now where the changes have led */
    void assertGone(Bundle now) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        List<String> kept = kept(now);
        while (!kept.isEmpty() && System.nanoTime() < deadline) {
            forgetThreads(now.getBundleContext().getBundles());
            System.gc();
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
            kept = kept(now);
        }
        if (!kept.isEmpty()) {
            Files.deleteIfExists(dump);
            ManagementFactory.getPlatformMBeanServer().invoke(new ObjectName("com.sun.management:type=HotSpotDiagnostic"), "dumpHeap", new Object[] {dump.toString(), true},
                    new String[] {String.class.getName(), boolean.class.getName()});
        }
        assertEquals("still in memory, see " + dump + ": what was there before", List.of(), kept);
    }

    /**
     * Felix 7.0.5 does not forget a thread that was not quite the first to load a class ({@code BundleClassLoader.defineClassParallel}): it stays in the loader of the bundle that has the class, one for each class at most, with
     * all that the thread was made of. That is bounded and not what is looked for here.
     */
    private static void forgetThreads(Bundle... bundles) throws ReflectiveOperationException {
        for (Bundle each : bundles) {
            BundleWiring wiring = each.adapt(BundleWiring.class);
            ClassLoader loader = wiring == null ? null : wiring.getClassLoader();
            if (loader != null && loader.getClass().getName().endsWith(".BundleWiringImpl$BundleClassLoader")) {
                Field loading = loader.getClass().getDeclaredField("m_classLocks");
                loading.setAccessible(true);
                ((Map<?, ?>) loading.get(loader)).values().removeIf(thread -> !((Thread) thread).isAlive());
            }
        }
    }

    private List<String> kept(Bundle now) {
        ClassLoader current = now.adapt(BundleWiring.class).getClassLoader();
        return left.stream().filter(each -> each.classes.get() != null && each.classes.get() != current).map(Left::why).toList();
    }
}
