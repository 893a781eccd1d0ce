// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.log;

import java.io.FileNotFoundException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.regex.Pattern;

/**
 * Why something failed, for an operator: in the words of the C library where a file is the trouble, as Postfix says it. The JDK's own message is then the name of the file and nothing else.
 *
 * <p>Pure function. <b>Nulls</b> none.
 */
public final class Reasons {

    /** What the JDK puts behind the words of the C library for ELOOP. */
    private static final String OWN_WORDS = " or unable to access attributes of symbolic link$";
    /** Older classes of the JDK: {@code /path/of/file (Is a directory)}. */
    private static final Pattern IN_BRACKETS = Pattern.compile(".*\\(([^()]+)\\)", Pattern.DOTALL);

    private Reasons() {}

    /** {@code No such file or directory}, for instance. The name of the file is not in it where the system gave the reason. */
    public static String of(Exception trouble) {
        return switch (trouble) {
            case NoSuchFileException _ -> "No such file or directory";
            case AccessDeniedException _ -> "Permission denied";
            case NotDirectoryException _ -> "Not a directory";
            case FileSystemLoopException _ -> "Too many levels of symbolic links";
            case FileAlreadyExistsException _ -> "File exists";
            case DirectoryNotEmptyException _ -> "Directory not empty";
            case FileSystemException file when file.getReason() != null -> file.getReason().replaceFirst(OWN_WORDS, "");
            case FileNotFoundException file when IN_BRACKETS.matcher(String.valueOf(file.getMessage())).matches() -> IN_BRACKETS.matcher(file.getMessage()).replaceFirst("$1");
            default -> trouble.getMessage() == null ? trouble.toString() : trouble.getMessage();
        };
    }
}
