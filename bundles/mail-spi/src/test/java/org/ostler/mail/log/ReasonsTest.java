// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReasonsTest {

    @Test
    void the_words_are_those_of_the_system(@TempDir Path dir) throws Exception {
        Path file = Files.createFile(dir.resolve("file"));
        assertThat(Reasons.of(catchThrowableOfType(IOException.class, () -> Files.readString(dir.resolve("none"))))).isEqualTo("No such file or directory");
        assertThat(Reasons.of(catchThrowableOfType(IOException.class, () -> Files.readString(file.resolve("below"))))).isEqualTo("Not a directory");
        assertThat(Reasons.of(catchThrowableOfType(IOException.class, () -> Files.list(file).close()))).isEqualTo("Not a directory");
        assertThat(Reasons.of(catchThrowableOfType(IOException.class, () -> Files.readString(dir)))).isEqualTo("Is a directory");
        Path loop = Files.createSymbolicLink(dir.resolve("loop"), Path.of("loop"));
        assertThat(Reasons.of(catchThrowableOfType(IOException.class, () -> Files.readString(loop)))).isEqualTo("Too many levels of symbolic links");
        assertThat(Reasons.of(catchThrowableOfType(IOException.class, () -> Files.createFile(file)))).isEqualTo("File exists");
        assertThat(Reasons.of(catchThrowableOfType(IOException.class, () -> Files.delete(dir)))).isEqualTo("Directory not empty");
        assertThat(Reasons.of(catchThrowableOfType(IOException.class, () -> new RandomAccessFile(dir.toFile(), "r").close()))).isEqualTo("Is a directory");
        assertThat(Reasons.of(catchThrowableOfType(IOException.class, () -> new RandomAccessFile(dir.resolve("no (x)").toFile(), "r").close()))).isEqualTo("No such file or directory");
        assertThat(Reasons.of(new AccessDeniedException("/x"))).isEqualTo("Permission denied");
        assertThat(Reasons.of(new FileSystemException("/x", null, "No space left on device"))).isEqualTo("No space left on device");
    }

    @Test
    void what_says_nothing_is_named_at_least() {
        assertThat(Reasons.of(new IOException("too large"))).isEqualTo("too large");
        assertThat(Reasons.of(new IOException())).isEqualTo("java.io.IOException");
    }
}
