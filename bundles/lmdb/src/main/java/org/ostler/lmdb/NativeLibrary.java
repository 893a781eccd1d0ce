// SPDX-License-Identifier: Apache-2.0
package org.ostler.lmdb;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Finds the LMDB library: the file named by the system property {@value #PROPERTY}, else the one inside this bundle, else {@code liblmdb.so.0} of the system.
 *
 * <p>The one inside is copied to a fresh private file, loaded, and the file removed at once: the mapping lives on, nothing is left behind, and nobody else can have
 * prepared the name. No class loader but this class's own is asked, so that it works alike in OSGi, on a class path and in tests.
 */
final class NativeLibrary {

    static final String PROPERTY = "ostler.lmdb.library";
    private static final String SYSTEM = "liblmdb.so.0";

    private NativeLibrary() {}

    static SymbolLookup open() {
        String named = System.getProperty(PROPERTY);
        if (named != null) {
            return SymbolLookup.libraryLookup(Path.of(named), Arena.global());
        }
        String resource = resource();
        String trouble;
        try (InputStream in = NativeLibrary.class.getResourceAsStream(resource)) {
            if (in != null) {
                return unpack(in);
            }
            trouble = "no library for " + System.getProperty("os.name") + " on " + System.getProperty("os.arch") + " in this bundle";
        } catch (IOException | IllegalArgumentException e) {
            // A temporary directory that is full, read-only or mounted noexec: the system's library may still do.
            trouble = e.toString();
        }
        try {
            return SymbolLookup.libraryLookup(SYSTEM, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new UnsatisfiedLinkError("LMDB: " + trouble + ", and " + SYSTEM + " is not installed (Debian: apt install liblmdb0); -D"
                    + PROPERTY + "=FILE names another, -Djava.io.tmpdir=DIR another place to unpack to");
        }
    }

    private static String resource() {
        String arch = switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> "x86_64";
            case String other -> other;
        };
        String system = System.getProperty("os.name").equals("Linux") ? "linux-gnu" : "unknown";
        return "/org/lmdbjava/native/" + arch + "-" + system + ".so";
    }

    private static SymbolLookup unpack(InputStream in) throws IOException {
        Path file = Files.createTempFile("ostler-lmdb-", ".so");
        try {
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
            return SymbolLookup.libraryLookup(file, Arena.global());
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
