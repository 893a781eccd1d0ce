// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

/**
 * {@code compatibility_level}: major.minor.patch, missing parts zero (COMPATIBILITY_README).
 */
public record CompatibilityLevel(int major, int minor, int patch) implements Comparable<CompatibilityLevel> {

    public static CompatibilityLevel of(String text) {
        String[] parts = text.strip().split("\\.", -1);
        int[] number = new int[3];
        if (parts.length > 3) {
            throw bad(text);
        }
        for (int i = 0; i < parts.length; i++) {
            try {
                number[i] = Integer.parseInt(parts[i]);
            } catch (NumberFormatException e) {
                throw bad(text);
            }
        }
        return new CompatibilityLevel(number[0], number[1], number[2]);
    }

    private static BadValueException bad(String text) {
        return new BadValueException("malformed compatibility level syntax: \"" + text + "\"");
    }

    @Override
    public int compareTo(CompatibilityLevel other) {
        int byMajor = Integer.compare(major, other.major);
        int byMinor = Integer.compare(minor, other.minor);
        return byMajor != 0 ? byMajor : byMinor != 0 ? byMinor : Integer.compare(patch, other.patch);
    }
}
