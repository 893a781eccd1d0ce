// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Plays {@code .smtp} files against a running server: {@code PlayScripts HOST PORT FILE...}
 *
 * <p>The server must already have the settings of the files. Prints one line per script and the transcript of each that fails; the exit
 * code is the number of failures, 100 at most.
 */
public final class PlayScripts {

    private PlayScripts() {}

    public static void main(String[] args) throws IOException {
        if (args.length < 3) {
            System.err.println("usage: PlayScripts HOST PORT FILE...");
            System.exit(101);
        }
        Conversation conversation = Conversation.with(args[0], Integer.parseInt(args[1]));
        int failures = 0;
        for (int i = 2; i < args.length; i++) {
            Path path = Path.of(args[i]);
            ScriptFile file = ScriptFile.parse(path.getFileName().toString(), Files.readString(path, StandardCharsets.UTF_8));
            for (Script script : file.scripts()) {
                try {
                    conversation.plays(script);
                    System.out.println("ok    " + file + ": " + script);
                } catch (AssertionError e) {
                    failures++;
                    System.out.println("FAIL  " + file + ": " + e.getMessage());
                }
            }
        }
        System.exit(Math.min(failures, 100));
    }
}
