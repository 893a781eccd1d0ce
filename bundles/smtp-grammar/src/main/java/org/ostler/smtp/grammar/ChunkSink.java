// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.io.IOException;

/** Takes message content piece by piece. The array belongs to the giver and changes after the call. */
@FunctionalInterface
public interface ChunkSink {

    void accept(byte[] bytes, int offset, int length) throws IOException;
}
