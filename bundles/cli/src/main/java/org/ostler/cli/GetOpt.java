// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Options as getopt(3) reads them: letters may be bundled, a value may follow directly or as the next word, {@code --} ends them.
 *
 * @param options  in order
 * @param operands the rest
 */
record GetOpt(List<Option> options, List<String> operands) {

    record Option(char letter, String value) {}

    /**
     * @param spec letters; a colon behind one says that it takes a value
     * @param stop options end at the first operand; otherwise operands may stand between them
     */
    static GetOpt parse(Terminal terminal, String spec, String usage, boolean stop, List<String> words) throws Terminal.Fatal {
        var options = new ArrayList<Option>();
        var operands = new ArrayList<String>();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.equals("--")) {
                operands.addAll(words.subList(i + 1, words.size()));
                break;
            }
            if (word.length() < 2 || word.charAt(0) != '-') {
                if (stop) {
                    operands.addAll(words.subList(i, words.size()));
                    break;
                }
                operands.add(word);
                continue;
            }
            for (int at = 1; at < word.length(); at++) {
                char letter = word.charAt(at);
                int known = letter == ':' ? -1 : spec.indexOf(letter);
                if (known < 0) {
                    terminal.err().print(terminal.name() + ": invalid option -- '" + letter + "'\n");
                    throw new Terminal.Fatal(usage);
                }
                if (known + 1 == spec.length() || spec.charAt(known + 1) != ':') {
                    options.add(new Option(letter, ""));
                    continue;
                }
                String value = word.substring(at + 1);
                if (value.isEmpty()) {
                    if (++i == words.size()) {
                        terminal.err().print(terminal.name() + ": option requires an argument -- '" + letter + "'\n");
                        throw new Terminal.Fatal(usage);
                    }
                    value = words.get(i);
                }
                options.add(new Option(letter, value));
                break;
            }
        }
        return new GetOpt(options, operands);
    }

    boolean has(char letter) {
        return options.stream().anyMatch(option -> option.letter == letter);
    }

    /** The last value given, or {@code otherwise}. */
    String value(char letter, String otherwise) {
        return options.stream().filter(option -> option.letter == letter).reduce((first, second) -> second).map(Option::value).orElse(otherwise);
    }

    List<String> values(char letter) {
        return options.stream().filter(option -> option.letter == letter).map(Option::value).toList();
    }
}
