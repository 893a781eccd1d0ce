// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.queue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Starts {@link LoadDriver} in a JVM of its own, with the class path of this one. */
final class Child {

    private Child() {}

    static ProcessBuilder driver(StoreUnderTest under, Path directory, Path marks, Path errors, long seed, int rounds, int messages) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto", "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "-Xmx256m", "--enable-native-access=ALL-UNNAMED", "-cp", classPath(), LoadDriver.class.getName()));
        command.addAll(Arrays.asList(under.getClass().getName(), directory.toString(), marks.toString(), Long.toString(seed), Integer.toString(rounds),
                Integer.toString(messages)));
        return new ProcessBuilder(command).redirectError(errors.toFile());
    }

    /** Surefire hides the real class path behind a manifest. */
    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }
}
