// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.postmap.Postmap.Fatal;
import org.ostler.postmap.Postmap.Program;

/**
 * A command line, understood.
 *
 * @param key      of -q or -d; {@code -} means standard input
 * @param replace  -r or, where {@code ignoreDuplicates}, -w: the later one
 * @param nul      -N or -n, the later one; empty: as is usual
 * @param asOwner  not -o: root builds a table as the owner of its source
 * @param headers  -h, and {@code body} -b: the keys on standard input are a message; {@code mime} -m: with parts
 * @param json     -j: one JSON object a line
 * @param utf8     not -u, and for the keys of a message -U: keys are UTF-8, and letters beyond ASCII are folded too
 * @param maps     {@code [type:]name} each
 */
record Request(Program program, Mode mode, String key, String configDirectory, boolean fold, boolean replace, boolean ignoreDuplicates, boolean defaultPermissions, boolean asOwner, boolean files,
        boolean headers, boolean body, boolean mime, boolean verbose, boolean json, boolean utf8, Optional<Boolean> nul, List<String> maps) {

    enum Mode { BUILD, INCREMENT, QUERY, DELETE, LIST }

    private static final String ONE_MODE = "specify only one of -d -i -q or -s";

    /** What takes shape while the words are read. */
    private static final class Draft {
        final Program program;
        final PrintStream err;
        Mode mode;
        String key = "";
        String configDirectory;
        final StringBuilder letters = new StringBuilder();
        final List<String> maps = new ArrayList<>();

        Draft(Program program, PrintStream err) {
            this.program = program;
            this.err = err;
        }

        void mode(Mode asked) throws Fatal {
            if (mode != null) {
                throw new Fatal(ONE_MODE);
            }
            mode = asked;
        }

        boolean has(char letter) {
            return letters.indexOf(String.valueOf(letter)) >= 0;
        }

        /** Of two that exclude each other the later one counts. */
        boolean isLast(char letter, char other) {
            return letters.lastIndexOf(String.valueOf(letter)) > letters.lastIndexOf(String.valueOf(other));
        }
    }

    static Request parse(Program program, List<String> words, PrintStream err) throws Fatal {
        var draft = new Draft(program, err);
        int i = 0;
        while (i < words.size() && words.get(i).length() > 1 && words.get(i).charAt(0) == '-') {
            String word = words.get(i++);
            if (word.equals("--")) {
                break;
            }
            i = letters(draft, word, words, i);
        }
        for (String map : words.subList(i, words.size())) {
            // What a name is not text in, tables know by U+FFFD, as where they are named in main.cf.
            draft.maps.add(Key.given(map).text());
        }
        if (draft.maps.isEmpty() && draft.mode != Mode.LIST) {
            throw new Fatal(usage(program));
        }
        refuse(draft);
        Optional<Boolean> nul = draft.has('n') || draft.has('N') ? Optional.of(draft.isLast('N', 'n')) : Optional.empty();
        return new Request(program, draft.mode == null ? Mode.BUILD : draft.mode, draft.key, draft.configDirectory, !draft.has('f'), draft.isLast('r', 'w'), draft.isLast('w', 'r'),
                draft.has('p'), !draft.has('o'), draft.has('F'), draft.has('h'), draft.has('b'), draft.has('m'), draft.has('v'), draft.has('j'), isUtf8(draft), nul, draft.maps);
    }

    private static boolean isUtf8(Draft draft) {
        boolean message = draft.has('h') || draft.has('b');
        return !draft.has('u') && (!message || draft.has('U'));
    }

    private static int letters(Draft draft, String word, List<String> words, int next) throws Fatal {
        String spec = draft.program == Program.POSTMAP ? "Nbc:d:fFhijmnopq:rsuUvw" : "Nc:d:fijnopq:rsuUvw";
        for (int at = 1; at < word.length(); at++) {
            char letter = word.charAt(at);
            int known = letter == ':' ? -1 : spec.indexOf(letter);
            if (known < 0) {
                draft.err.print(draft.program.word + ": invalid option -- '" + letter + "'\n");
                throw new Fatal(usage(draft.program));
            }
            boolean takesValue = known + 1 < spec.length() && spec.charAt(known + 1) == ':';
            if (takesValue) {
                boolean here = at + 1 < word.length();
                if (!here && next == words.size()) {
                    draft.err.print(draft.program.word + ": option requires an argument -- '" + letter + "'\n");
                    throw new Fatal(usage(draft.program));
                }
                value(draft, letter, here ? word.substring(at + 1) : words.get(next));
                return here ? next : next + 1;
            }
            if (letter == 's') {
                draft.mode(Mode.LIST);
            } else if (letter == 'i') {
                draft.mode(Mode.INCREMENT);
            }
            draft.letters.append(letter);
        }
        return next;
    }

    private static void value(Draft draft, char letter, String value) throws Fatal {
        switch (letter) {
            case 'c' -> draft.configDirectory = value;
            case 'd' -> {
                draft.mode(Mode.DELETE);
                draft.key = value;
            }
            default -> {
                draft.mode(Mode.QUERY);
                draft.key = value;
            }
        }
    }

    private static void refuse(Draft draft) throws Fatal {
        boolean message = draft.has('h') || draft.has('b') || draft.has('m');
        if (message && !(draft.mode == Mode.QUERY && draft.key.equals("-"))) {
            throw new Fatal("specify -b -h or -m only with \"-q -\"");
        }
        if (draft.has('m') && !draft.has('h') && !draft.has('b')) {
            draft.err.print(draft.program.word + ": warning: ignoring -m option without -b or -h\n");
        }
    }

    private static String usage(Program program) {
        String letters = program == Program.POSTMAP ? "bfFhimnNoprsuUvw" : "Nfinoprsuvw";
        return "usage: " + program.word + " [-" + letters + "] [-c config_dir] [-d key] [-q key] [map_type:]file...";
    }

    /** Whether standard input is a message. */
    boolean message() {
        return headers || body;
    }

    /** A key as it is stored and looked up. */
    String folded(String text) {
        return !fold ? text : utf8 ? CaseFold.fold(text) : new String(folded(text.getBytes(UTF_8)), UTF_8);
    }

    /** The same in UTF-8; ASCII is changed where it stands. */
    byte[] folded(byte[] text) {
        if (fold && utf8) {
            return CaseFold.fold(text);
        }
        // As tolower(3) has it where only ASCII is known.
        for (int i = 0; fold && i < text.length; i++) {
            text[i] += text[i] >= 'A' && text[i] <= 'Z' ? 'a' - 'A' : 0;
        }
        return text;
    }
}
