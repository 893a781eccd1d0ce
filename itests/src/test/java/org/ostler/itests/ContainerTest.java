// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.ops4j.pax.exam.CoreOptions.environment;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;
import static org.ops4j.pax.exam.CoreOptions.systemTimeout;
import static org.ops4j.pax.exam.CoreOptions.vmOption;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.configureConsole;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.editConfigurationFilePut;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.karafDistributionConfiguration;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.keepRuntimeFolder;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.junit.runner.RunWith;
import org.netbeans.lib.profiler.heap.HeapFactory;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.OptionUtils;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerSuite;
import org.osgi.framework.BundleContext;

/**
 * Base of all tests that run inside the container.
 *
 * <p>One container serves all of them, because they share one configuration: a class that changed an option would get,
 * and pay for, another. The instance (main.cf, master.cf, free ports) is made outside, before the container starts; inside,
 * a test learns its port from the system property {@value #SMTP_PORT}.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerSuite.class)
public abstract class ContainerTest {

    /** System property inside the container: the port of its smtpd row on 127.0.0.1. */
    public static final String SMTP_PORT = "ostler.test.smtp_port";

    /** System property: where the test's next host for the domain next.test has to listen. */
    public static final String SINK_PORT = "ostler.test.sink_port";

    /** System property: the file that takes what swaps measured. */
    public static final String SWAP_REPORT = "ostler.test.swap_report";
    /** The class path of {@link HeldBy}. */
    public static final String HEAP_READER = "ostler.test.heap_reader";

    /** System property: how long each bundle of tables is swapped, in seconds. */
    public static final String SWAP_SECONDS = "ostler.test.swap_seconds";

    /** System property: messages a second meanwhile. */
    public static final String SWAP_RATE = "ostler.test.swap_rate";

    /** System property: how long lookups wait for the replacement of their bundle meanwhile, and for an answer. */
    public static final String SWAP_WAIT = "ostler.test.swap_wait";

    @Inject
    protected BundleContext context;

    @Configuration
    public Option[] container() throws Exception {
        return OptionUtils.combine(
                options(
                        karafDistributionConfiguration()
                                .frameworkUrl(new File(System.getProperty("ostler.distribution")).toURI().toString())
                                .name("Ostler")
                                .karafVersion(System.getProperty("karaf.version"))
                                .unpackDirectory(new File("target/exam"))
                                .useDeployFolder(false),
                        configureConsole().ignoreLocalConsole().ignoreRemoteShell(),
                        keepRuntimeFolder(),
                        systemTimeout(180_000),
                        // The distribution asks no repository; Pax Exam's own bundles come from Maven's.
                        editConfigurationFilePut("etc/org.ops4j.pax.url.mvn.cfg", "org.ops4j.pax.url.mvn.localRepository",
                                System.getProperty("org.ops4j.pax.url.mvn.localRepository")),
                        systemProperty(SMTP_PORT).value(String.valueOf(Shared.INSTANCE.smtpPort())),
                        systemProperty(SINK_PORT).value(String.valueOf(Shared.INSTANCE.sinkPort())),
                        systemProperty(SWAP_REPORT).value(new File("target/swap.tsv").getAbsolutePath()),
                        systemProperty(HEAP_READER).value(place(HeldBy.class) + File.pathSeparator + place(HeapFactory.class)),
                        systemProperty(SWAP_SECONDS).value(System.getProperty(SWAP_SECONDS, "10")),
                        systemProperty(SWAP_RATE).value(System.getProperty(SWAP_RATE, "500")),
                        systemProperty(SWAP_WAIT).value(System.getProperty(SWAP_WAIT, "50s")),
                        // For TableSwapIT: a variable that an environ: table finds.
                        environment("environ@example.test=you@example.test"),
                        systemProperty("ostler.config_directory").value(Shared.INSTANCE.configDirectory().toString())),
                jvmFlags());
    }

    private static Path place(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    /** Pax Exam starts java itself, not our launcher: its flags are repeated here, and RMI, Pax Exam's own way in, needs two more. */
    private static Option[] jvmFlags() {
        return Stream.of(
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--add-opens=java.base/java.lang=ALL-UNNAMED",
                        "--add-opens=java.base/java.util=ALL-UNNAMED",
                        "--add-opens=java.base/java.net=ALL-UNNAMED",
                        "--add-opens=java.base/java.security=ALL-UNNAMED",
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                        "--add-opens=java.naming/javax.naming.spi=ALL-UNNAMED",
                        "--add-opens=java.rmi/sun.rmi.transport.tcp=ALL-UNNAMED",
                        "--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED")
                .map(flag -> (Option) vmOption(flag))
                .toArray(Option[]::new);
    }

    /** Made once per test run, and only where the container is configured: inside the container nobody touches this class. */
    private static final class Shared {
        static final Instance INSTANCE = Instance.create("container");
        /** For TableSwapIT; ends with this process. */
        static final SmallDirectory DIRECTORY = directory();

        private static SmallDirectory directory() {
            try {
                var directory = new SmallDirectory("swapped@example.test", "you@example.test");
                Files.writeString(INSTANCE.configDirectory().resolve("swapped-ldap.cf"), directory.cf());
                return directory;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
