// SPDX-License-Identifier: Apache-2.0
package org.ostler.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Enumeration;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;

/**
 * A jar in a file of our own, read whole and looked at before anything in the server is changed. Closing deletes it, unless it was moved.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> reads what is given. <b>Errors</b> {@link IOException} in an operator's words, the file or URL in front.
 *
 * @param symbolicName a name as OSGi Core section 3.2.5 has it: never a path
 * @param fragmentHost the header, where it is a fragment; else null
 */
record BundleJar(Path file, String symbolicName, Version version, String fragmentHost) implements AutoCloseable {

    /** What is not finished, of an earlier process too. */
    static final String UNFINISHED = ".new";
    private static final Pattern SYMBOLIC_NAME = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*");
    /** With the suffixes it is the name of a file. */
    private static final int LONGEST_NAME = 200;

    /** @param location a URL, as Karaf knows them */
    static BundleJar read(String location, Path folder) throws IOException {
        return read(location, folder, Download.USUAL);
    }

    static BundleJar read(String location, Path folder, Download download) throws IOException {
        Path file = unfinished(folder);
        try {
            download.to(file, location);
            return examine(location, file);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    /** What a bundle consists of at this moment, packed anew: its location may hold something else by now. */
    static BundleJar of(Bundle bundle, Path folder) throws IOException {
        Path file = unfinished(folder);
        try (var out = new ZipOutputStream(Files.newOutputStream(file))) {
            pack(bundle, "/", out);
            return new BundleJar(file, bundle.getSymbolicName(), bundle.getVersion(), bundle.getHeaders("").get(Constants.FRAGMENT_HOST));
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    static boolean isName(String text) {
        return text != null && text.length() <= LONGEST_NAME && SYMBOLIC_NAME.matcher(text).matches();
    }

    InputStream open() throws IOException {
        return Files.newInputStream(file);
    }

    void moveTo(Path place) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(file, place, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public String toString() {
        return symbolicName + " " + version;
    }

    private static Path unfinished(Path folder) throws IOException {
        return Files.createTempFile(Files.createDirectories(folder), "bundle", UNFINISHED);
    }

    private static BundleJar examine(String location, Path file) throws IOException {
        Attributes headers = headers(location, file);
        String header = headers.getValue(Constants.BUNDLE_SYMBOLICNAME);
        if (header == null || !"2".equals(trimmed(headers.getValue(Constants.BUNDLE_MANIFESTVERSION)))) {
            throw new IOException(location + " is no OSGi bundle: it needs the headers Bundle-ManifestVersion: 2 and Bundle-SymbolicName in META-INF/MANIFEST.MF");
        }
        String name = header.split(";", 2)[0].strip();
        if (!isName(name)) {
            throw new IOException(location + ": bad Bundle-SymbolicName \"" + name + "\": words of letters, digits, _ and -, with dots between, at most " + LONGEST_NAME + " characters");
        }
        try {
            return new BundleJar(file, name, Version.parseVersion(headers.getValue(Constants.BUNDLE_VERSION)), headers.getValue(Constants.FRAGMENT_HOST));
        } catch (IllegalArgumentException e) {
            throw new IOException(location + ": bad Bundle-Version: " + e.getMessage(), e);
        }
    }

    /** Reads each entry to its end: a damaged one would be found by whoever needs the class, days later. */
    private static Attributes headers(String location, Path file) throws IOException {
        try (var jar = new JarFile(file.toFile())) {
            for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements();) {
                try (InputStream in = jar.getInputStream(entries.nextElement())) {
                    in.transferTo(OutputStream.nullOutputStream());
                }
            }
            Manifest manifest = jar.getManifest();
            return manifest == null ? new Attributes() : manifest.getMainAttributes();
        } catch (IOException | SecurityException | IllegalArgumentException e) {
            throw new IOException(location + " is no jar, or a damaged one: " + e.getMessage(), e);
        }
    }

    private static String trimmed(String text) {
        return text == null ? "" : text.strip();
    }

    private static void pack(Bundle bundle, String folder, ZipOutputStream out) throws IOException {
        Enumeration<String> paths = bundle.getEntryPaths(folder);
        while (paths != null && paths.hasMoreElements()) {
            String path = paths.nextElement();
            out.putNextEntry(new ZipEntry(path));
            if (!path.endsWith("/")) {
                try (InputStream in = bundle.getEntry(path).openStream()) {
                    in.transferTo(out);
                }
            }
            out.closeEntry();
            if (path.endsWith("/")) {
                pack(bundle, path, out);
            }
        }
    }
}
