// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.management.ObjectName;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;

/**
 * What a bundle was before its changes: nothing may hold on to it. A thread, a timer, a driver that the JDK remembers, somebody's field would keep each replaced bundle in memory until the server is out of it. One thread.
 */
final class Revisions {

    /** Less than the half minute for which the PostgreSQL driver's thread in the JDK's pool would stay. */
    private static final Duration PATIENCE = Duration.ofSeconds(25);

    /** By the state after which it was left. */
    record Left(String why, WeakReference<ClassLoader> classes) {}

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
            ClassLoader current = now.adapt(BundleWiring.class).getClassLoader();
            left.removeIf(each -> each.classes.get() == null || each.classes.get() == current);
            assertEquals("still in memory, see " + dump + ": what was there before it was " + kept + ", held by", "0", holders());
            System.out.println(now.getSymbolicName() + " as it was before it was " + kept + " is in memory, and no object holds on to it: " + dump);
        }
    }

    /** {@link HeldBy}: nothing where only the JVM itself keeps them, as it does while a thread is in code that was compiled with a class of theirs in it, and the JDK has threads that are in one method for ever. There are never more of that. */
    private String holders() throws Exception {
        Files.deleteIfExists(dump);
        ManagementFactory.getPlatformMBeanServer().invoke(new ObjectName("com.sun.management:type=HotSpotDiagnostic"), "dumpHeap", new Object[] {dump.toString(), true},
                new String[] {String.class.getName(), boolean.class.getName()});
        Path said = dump.resolveSibling(dump.getFileName() + ".txt");
        Process reader = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "--sun-misc-unsafe-memory-access=allow", "-cp", System.getProperty(ContainerTest.HEAP_READER), HeldBy.class.getName(), dump.toString())
                .redirectErrorStream(true).redirectOutput(said.toFile()).start();
        assertTrue("the dump is read", reader.waitFor(2, TimeUnit.MINUTES));
        return reader.exitValue() + Files.readString(said);
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
