// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

/** The end of a test class: everything that was started ends, whatever of it could not, and also where the start itself has failed half way. */
final class Closing {

    private Closing() {}

    /** @param all in the order in which they end; null what was never started */
    static void all(AutoCloseable... all) throws Exception {
        Throwable first = null;
        for (AutoCloseable each : all) {
            try {
                if (each != null) {
                    each.close();
                }
            } catch (Exception | Error e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        switch (first) {
            case Exception e -> throw e;
            case Error e -> throw e;
            case null, default -> { /* all ended */ }
        }
    }
}
