// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.lookup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Postfix's own postmap (Debian's), with a configuration below a directory, which is its working directory too.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> until the program ends, two minutes at most.
 */
public final class PostfixPostmap {

    private static final Path PROGRAM = Path.of("/usr/sbin/postmap");

    private final Path directory;

    public PostfixPostmap(Path directory) {
        this.directory = directory;
    }

    /** @param type whose library it loads, from a Debian package of its own */
    public static boolean isHere(String type) {
        return Files.isExecutable(PROGRAM) && Files.exists(Path.of("/usr/lib/postfix/postfix-" + type + ".so"));
    }

    /** @return the exit status, a colon, and all that it has said */
    public String run(String... arguments) throws IOException, InterruptedException {
        Path etc = Files.createDirectories(directory.resolve("etc"));
        Files.writeString(etc.resolve("main.cf"), "compatibility_level = 3.6\nqueue_directory = " + directory + "\ndata_directory = " + directory + "\n");
        var command = new ArrayList<>(List.of(PROGRAM.toString(), "-c", etc.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes());
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            throw new AssertionError("postmap does not end");
        }
        return process.exitValue() + ":" + out;
    }
}
