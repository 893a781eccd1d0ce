// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A {@code .smtp} file: the main.cf settings that a server needs, then scripts, each for a connection of its own.
 *
 * <p>Settings are {@code name = value} lines before the first {@code == title} line, continued as in main.cf. Each {@code == title}
 * opens a script. {@code {dir}} in a value names a directory with the files of {@code conversations/files} (certificates);
 * {@link #settings(Path)} puts them there.
 *
 * @param name    file name without folder and {@code .smtp}
 * @param raw     settings as written, in order
 * @param scripts at least one
 */
public record ScriptFile(String name, Map<String, String> raw, List<Script> scripts) {

    private static final String FOLDER = "/conversations/";
    private static final List<String> FILES = List.of("cert.pem", "key.pem", "access-recipient", "access-sender");

    /** Names of all recorded files, as {@link #load} takes them. */
    public static List<String> names() {
        return text(FOLDER + "index.txt").lines().filter(line -> !line.isBlank()).toList();
    }

    /** Loads a recorded file from the class path. */
    public static ScriptFile load(String name) {
        return parse(name, text(FOLDER + name + ".smtp"));
    }

    public static ScriptFile parse(String name, String text) {
        Map<String, String> settings = new LinkedHashMap<>();
        List<Script> scripts = new ArrayList<>();
        List<String> lines = text.lines().toList();
        int at = 0;
        String last = null;
        for (; at < lines.size() && !lines.get(at).startsWith("== "); at++) {
            String line = lines.get(at);
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (Character.isWhitespace(line.charAt(0)) && last != null) {
                settings.merge(last, " " + line.strip(), String::concat);
                continue;
            }
            int equals = line.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(name + ", line " + (at + 1) + ": not name = value: " + line);
            }
            last = line.substring(0, equals).strip();
            settings.put(last, line.substring(equals + 1).strip());
        }
        while (at < lines.size()) {
            int end = at + 1;
            while (end < lines.size() && !lines.get(end).startsWith("== ")) {
                end++;
            }
            scripts.add(ScriptParser.parse(lines.get(at).substring(3).strip(), lines.subList(at + 1, end), at + 2));
            at = end;
        }
        return new ScriptFile(name, settings, List.copyOf(scripts));
    }

    /** The settings with {@code {dir}} replaced by {@code dir}, into which the files they name are copied. */
    public Map<String, String> settings(Path dir) throws IOException {
        Map<String, String> settings = new LinkedHashMap<>();
        for (Map.Entry<String, String> e : raw.entrySet()) {
            if (e.getValue().contains("{dir}")) {
                copyFiles(dir);
            }
            settings.put(e.getKey(), e.getValue().replace("{dir}", dir.toString()));
        }
        return settings;
    }

    /** The settings as main.cf text. */
    public String mainCf(Path dir) throws IOException {
        StringBuilder text = new StringBuilder();
        settings(dir).forEach((name, value) -> text.append(name).append(" = ").append(value).append('\n'));
        return text.toString();
    }

    private static void copyFiles(Path dir) throws IOException {
        for (String file : FILES) {
            try (InputStream in = resource(FOLDER + "files/" + file)) {
                if (!Files.exists(dir.resolve(file))) {
                    Files.copy(in, dir.resolve(file));
                }
            }
        }
    }

    private static String text(String path) {
        try (InputStream in = resource(path)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(path, e);
        }
    }

    private static InputStream resource(String path) {
        InputStream in = ScriptFile.class.getResourceAsStream(path);
        if (in == null) {
            throw new IllegalArgumentException("no such resource: " + path);
        }
        return in;
    }

    @Override
    public String toString() {
        return name;
    }
}
