// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

/**
 * How strongly one delivery moves a destination's concurrency: x, x/N or x/sqrt(N), N being the concurrency (SCHEDULER_README).
 *
 * @param form   which of the three
 * @param factor x, 0 to 1
 */
record Feedback(Form form, double factor) {

    enum Form { CONSTANT, BY_CONCURRENCY, BY_SQUARE_ROOT }

    /** Reads {@code 0.5}, {@code 1/8}, {@code 1/concurrency}, {@code 1/sqrt_concurrency}, blanks allowed around the stroke. */
    static Feedback parse(String text) {
        int stroke = text.indexOf('/');
        String divisor = stroke < 0 ? "" : text.substring(stroke + 1).strip();
        double number = number(stroke < 0 ? text : text.substring(0, stroke));
        return switch (divisor) {
            case "" -> checked(Form.CONSTANT, number);
            case "concurrency" -> checked(Form.BY_CONCURRENCY, number);
            case "sqrt_concurrency" -> checked(Form.BY_SQUARE_ROOT, number);
            default -> checked(Form.CONSTANT, number / number(divisor));
        };
    }

    private static double number(String text) {
        try {
            return Double.parseDouble(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("bad feedback value");
        }
    }

    private static Feedback checked(Form form, double factor) {
        if (!(factor >= 0 && factor <= 1)) {
            throw new IllegalArgumentException("feedback value outside 0 to 1");
        }
        return new Feedback(form, factor);
    }

    /** The step at concurrency {@code n}, at least 1. */
    double at(int n) {
        return switch (form) {
            case CONSTANT -> factor;
            case BY_CONCURRENCY -> factor / n;
            case BY_SQUARE_ROOT -> factor / Math.sqrt(n);
        };
    }
}
