// SPDX-License-Identifier: Apache-2.0
package org.ostler.mime;

import java.io.IOException;

/** Takes the filtered bytes. The array is reused after the call. */
@FunctionalInterface
public interface Sink {

    void write(byte[] bytes, int offset, int length) throws IOException;
}
