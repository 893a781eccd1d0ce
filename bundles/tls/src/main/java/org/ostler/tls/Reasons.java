// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Why a file could not be read, for an operator: the JDK's message is the name of the file and nothing else. Pure function. */
final class Reasons {

    private Reasons() {}

    static String of(IOException trouble) {
        return switch (trouble) {
            case NoSuchFileException _ -> "No such file or directory";
            case AccessDeniedException _ -> "Permission denied";
            case FileSystemException e when e.getReason() != null -> e.getReason();
            default -> trouble.getMessage();
        };
    }
}
