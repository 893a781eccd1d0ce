// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStampTest {

    private static final FileTime DATE = FileTime.fromMillis(1_700_000_000_000L);

    @TempDir Path dir;

    private Path write(String name, String text, FileTime date) throws IOException {
        Path file = Files.writeString(dir.resolve(name), text);
        Files.setLastModifiedTime(file, date);
        return file;
    }

    @Test
    void a_file_is_the_same_until_its_date_or_its_size_changes() throws IOException {
        Path file = write("file", "one", DATE);
        FileStamp first = FileStamp.read(file);
        assertThat(FileStamp.of(file)).isEqualTo(first);
        write("file", "ones", DATE);
        assertThat(FileStamp.of(file)).isNotEqualTo(first);
        write("file", "two", FileTime.fromMillis(DATE.toMillis() + 1000));
        assertThat(FileStamp.of(file)).isNotEqualTo(first);
    }

    @Test
    void one_put_in_its_place_by_a_rename_is_another_though_date_and_size_are_the_same() throws IOException {
        Path file = write("file", "one", DATE);
        FileStamp first = FileStamp.read(file);
        Files.move(write("new", "two", DATE), file, StandardCopyOption.ATOMIC_MOVE);
        assertThat(FileStamp.read(file)).isNotEqualTo(first);
    }

    @Test
    void a_missing_file_has_a_stamp_until_it_is_read() {
        Path missing = dir.resolve("missing");
        assertThat(FileStamp.of(missing)).isEqualTo(FileStamp.NONE);
        assertThatThrownBy(() -> FileStamp.read(missing)).isInstanceOf(NoSuchFileException.class);
    }
}
