// SPDX-License-Identifier: Apache-2.0
/** Measurements of parts: {@link org.ostler.bench.StoreBench} holds the queue store against one that keeps everything in LMDB. */
package org.ostler.bench;
