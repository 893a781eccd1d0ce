// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A recording from a real Postfix other than an SMTP dialogue: {@code golden/PART/NAME.txt}, sections that each begin with a line
 * {@code === title}. Lines end in LF. Which sections a part has is described in {@code golden/README.md}.
 *
 * @param name     {@code PART/NAME}
 * @param sections in file order; a title may occur more than once
 */
public record GoldenFile(String name, List<Section> sections) {

    /** The text of a section, as bytes because messages need not be UTF-8; the last line ends in LF unless the text is empty. */
    public record Section(String title, byte[] bytes) {

        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    public GoldenFile {
        sections = List.copyOf(sections);
    }

    /** Loads {@code golden/<name>.txt} from the class path, for example {@code bounce/failed-one}. */
    public static GoldenFile load(String name) {
        return parse(name, bytes("/golden/" + name + ".txt"));
    }

    /** Names of all recordings of a part, as {@link #load} takes them. */
    public static List<String> names(String part) {
        return new String(bytes("/golden/" + part + "/index.txt"), StandardCharsets.UTF_8).lines().map(line -> part + "/" + line).toList();
    }

    /** All sections with this title, in order. */
    public List<Section> all(String title) {
        return sections.stream().filter(section -> section.title().equals(title)).toList();
    }

    /** Text of the first section with this title; empty when there is none. */
    public String text(String title) {
        List<Section> found = all(title);
        return found.isEmpty() ? "" : found.getFirst().text();
    }

    static GoldenFile parse(String name, byte[] bytes) {
        List<Section> sections = new ArrayList<>();
        String title = null;
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int start = 0;
        while (start < bytes.length) {
            int end = start;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            end = Math.min(end + 1, bytes.length);
            String line = new String(bytes, start, Math.min(4, end - start), StandardCharsets.ISO_8859_1);
            if (line.equals("=== ")) {
                if (title != null) {
                    sections.add(new Section(title, body.toByteArray()));
                }
                title = new String(bytes, start + 4, end - start - 4, StandardCharsets.UTF_8).strip();
                body.reset();
            } else if (title == null) {
                throw new IllegalArgumentException(name + " does not begin with === title");
            } else {
                body.write(bytes, start, end - start);
            }
            start = end;
        }
        if (title != null) {
            sections.add(new Section(title, body.toByteArray()));
        }
        return new GoldenFile(name, sections);
    }

    private static byte[] bytes(String path) {
        try (InputStream in = GoldenFile.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalArgumentException("no such resource: " + path);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(path, e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
