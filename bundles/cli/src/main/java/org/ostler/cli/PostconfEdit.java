// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import org.ostler.config.maincf.MainCfEditor;
import org.ostler.config.maincf.MasterCf;
import org.ostler.config.maincf.MasterCfEditor;
import org.ostler.mail.log.Reasons;

/** The options of postconf(1) that write: {@code -e}, {@code -X}, {@code -#} on main.cf and, with {@code -M}, on the rows of master.cf. */
final class PostconfEdit {

    private PostconfEdit() {}

    static int run(GetOpt options, Path directory) throws Terminal.Fatal {
        char how = options.has('X') ? 'X' : options.has('#') ? '#' : 'e';
        if (options.operands().isEmpty()) {
            throw new Terminal.Fatal(how == 'e' ? "-e requires name=value argument" : "-" + how + " requires name argument");
        }
        if (how != 'e' && options.operands().stream().anyMatch(operand -> operand.indexOf('=') >= 0)) {
            throw new Terminal.Fatal("specify one of -e -" + how);
        }
        Path file = directory.resolve(options.has('M') ? "master.cf" : "main.cf");
        try {
            if (options.has('M')) {
                rows(options, file, how);
            } else {
                entries(options, file, how);
            }
            return 0;
        } catch (IOException e) {
            throw new Terminal.Fatal("open " + file + ": " + Reasons.of(e));
        }
    }

    private static void entries(GetOpt options, Path file, char how) throws IOException, Terminal.Fatal {
        if (how == '#') {
            MainCfEditor.comment(file, options.operands());
            return;
        }
        var changes = new LinkedHashMap<String, Optional<String>>();
        for (String operand : options.operands()) {
            if (how == 'X') {
                changes.put(operand, Optional.empty());
                continue;
            }
            int equals = equals(operand);
            String name = operand.substring(0, equals).strip();
            if (name.chars().anyMatch(Character::isWhitespace)) {
                throw new Terminal.Fatal("missing '=' after attribute name: \"" + operand + "\"");
            }
            changes.put(name, Optional.of(operand.substring(equals + 1).strip()));
        }
        MainCfEditor.apply(file, changes);
    }

    private static int equals(String operand) throws Terminal.Fatal {
        int equals = operand.indexOf('=');
        if (equals < 0) {
            throw new Terminal.Fatal("missing '=' after attribute name: \"" + operand + "\"");
        }
        if (operand.substring(0, equals).isBlank()) {
            throw new Terminal.Fatal("missing attribute name: \"" + operand.strip() + "\"");
        }
        if (operand.indexOf('\n') >= 0) {
            throw new Terminal.Fatal("-e accepts no multi-line input");
        }
        return equals;
    }

    private static void rows(GetOpt options, Path file, char how) throws IOException, Terminal.Fatal {
        String text = Files.readString(file);
        for (String operand : options.operands()) {
            int equals = how == 'e' ? equals(operand) : operand.length();
            String key = operand.substring(0, equals).strip();
            if (!key.matches("[^/\\s]+/[^/\\s]+")) {
                throw new Terminal.Fatal("need service_name/type: \"" + key + "\"");
            }
            text = switch (how) {
                case 'X' -> MasterCfEditor.edit(text, key, Optional.empty());
                case '#' -> MasterCfEditor.comment(text, key);
                default -> MasterCfEditor.edit(text, key, Optional.of(checked(key, operand.substring(equals + 1).strip())));
            };
        }
        MainCfEditor.rewrite(file, text);
    }

    private static String checked(String key, String row) throws Terminal.Fatal {
        MasterCf parsed = MasterCf.parse(key, row, false);
        if (!parsed.problems().isEmpty()) {
            throw new Terminal.Fatal(parsed.problems().getFirst());
        }
        if (parsed.rows().isEmpty() || !parsed.rows().getFirst().key().equals(key)) {
            throw new Terminal.Fatal("the row is not one of " + key + ": \"" + row + "\"");
        }
        return row;
    }
}
