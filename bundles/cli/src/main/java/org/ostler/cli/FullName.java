// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The full name of the user who calls sendmail(1), for a From: header that has to be made: the environment variable {@code NAME}, else the password file's comment field up to a comma, with {@code &}
 * standing for the login name.
 */
final class FullName {

    private static final int COMMENT = 4;

    private FullName() {}

    static String ofUser() {
        String given = System.getenv("NAME");
        if (given != null) {
            return oneLine(given);
        }
        try {
            return of(System.getProperty("user.name", ""), Files.readAllLines(Path.of("/etc/passwd"), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            // A machine without that file: the address alone does.
            return "";
        }
    }

    static String of(String login, List<String> passwd) {
        for (String line : passwd) {
            String[] field = line.split(":", -1);
            if (field.length > COMMENT && field[0].equals(login)) {
                String name = field[COMMENT].split("[,;%]", 2)[0].strip();
                String capital = login.isEmpty() ? "" : Character.toUpperCase(login.charAt(0)) + login.substring(1);
                return oneLine(name.replace("&", capital));
            }
        }
        return "";
    }

    private static String oneLine(String name) {
        return name.chars().filter(c -> !Character.isISOControl(c)).collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }
}
