// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The two languages of expressions: their flags, and their way into {@link Pattern}. Pure functions. */
enum Dialect {

    POSIX("regexp") {
        @Override
        Pattern compile(String text, String flags) throws BadRule {
            boolean caseless = true;
            boolean lines = false;
            boolean extended = true;
            for (char flag : flags.toCharArray()) {
                switch (flag) {
                    case 'i' -> caseless = !caseless;
                    case 'm' -> lines = !lines;
                    case 'x' -> extended = !extended;
                    default -> throw unknownFlag(flag);
                }
            }
            int options = Pattern.UNIX_LINES | (caseless ? CASELESS : 0) | (lines ? Pattern.MULTILINE : Pattern.DOTALL);
            String ere = extended ? text : PosixTranslator.fromBasic(text);
            try {
                return Pattern.compile(new PosixTranslator(ere, lines, caseless).translate(), options);
            } catch (PatternSyntaxException e) {
                throw new BadRule(posixWords(e), false);
            }
        }
    },

    PERL("pcre") {
        @Override
        Pattern compile(String text, String flags) throws BadRule {
            int options = Pattern.UNIX_LINES | CASELESS | Pattern.DOTALL;
            boolean anchored = false;
            boolean end = false;
            boolean ungreedy = false;
            for (char flag : flags.toCharArray()) {
                switch (flag) {
                    case 'i' -> options ^= CASELESS;
                    case 'm' -> options ^= Pattern.MULTILINE;
                    case 's' -> options ^= Pattern.DOTALL;
                    case 'x' -> options ^= Pattern.COMMENTS;
                    case 'A' -> anchored = !anchored;
                    case 'E' -> end = !end;
                    case 'U' -> ungreedy = !ungreedy;
                    // Without meaning since PCRE2; RuleFile says so.
                    case 'X' -> { }
                    default -> throw unknownFlag(flag);
                }
            }
            try {
                String java = PerlTranslator.translate(text, end && (options & Pattern.MULTILINE) == 0, ungreedy, (options & Pattern.COMMENTS) != 0);
                return Pattern.compile(anchored ? "\\G(?:" + java + ")" : java, options);
            } catch (PatternSyntaxException e) {
                throw new BadRule("error in regex at offset " + perlWords(e, text), false);
            }
        }
    };

    private static final int CASELESS = Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;

    final String type;

    Dialect(String type) {
        this.type = type;
    }

    /** @throws BadRule with Postfix's words where they are known, else Java's */
    abstract Pattern compile(String text, String flags) throws BadRule;

    private static BadRule unknownFlag(char flag) {
        return new BadRule("unknown regexp option \"" + flag + "\"", true);
    }

    private static String perlWords(PatternSyntaxException e, String text) {
        String java = e.getDescription();
        if (java.startsWith("Unclosed group")) {
            return text.length() + ": missing closing parenthesis";
        }
        if (java.startsWith("Unclosed character class")) {
            return text.length() + ": missing terminating ] for character class";
        }
        if (java.startsWith("Unmatched closing")) {
            return e.getIndex() + 1 + ": unmatched closing parenthesis";
        }
        String words = switch (java) {
            case "Illegal/unsupported escape sequence" -> "unrecognized character follows \\";
            case "Illegal character range" -> "range out of order in character class";
            default -> java;
        };
        return Math.max(0, e.getIndex()) + ": " + words;
    }

    private static String posixWords(PatternSyntaxException e) {
        String java = e.getDescription();
        if (java.startsWith("Unclosed group")) {
            return "Unmatched ( or \\(";
        }
        if (java.startsWith("Unclosed character class")) {
            return "Unmatched [, [^, [:, [., or [=";
        }
        return PosixTranslator.WORDS.contains(java) ? java : "Invalid regular expression";
    }
}
