// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.log;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * Why something failed, for an operator: in the words of the C library where a file is the trouble, as Postfix says it. The JDK's own message is then the name of the file and nothing else.
 *
 * <p>Pure function. <b>Nulls</b> none.
 */
public final class Reasons {

    private Reasons() {}

    /** {@code No such file or directory}, for instance. The name of the file is not in it where the system gave the reason. */
    public static String of(Exception trouble) {
        return switch (trouble) {
            case NoSuchFileException _ -> "No such file or directory";
            case AccessDeniedException _ -> "Permission denied";
            case NotDirectoryException _ -> "Not a directory";
            case FileSystemException file when file.getReason() != null -> file.getReason();
            default -> trouble.getMessage() == null ? trouble.toString() : trouble.getMessage();
        };
    }
}
