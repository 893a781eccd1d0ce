// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.Trait;

/** A factory whose tables watch over how they are used. */
final class FakeFactory implements TableFactory {

    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final AtomicInteger usedAfterClose = new AtomicInteger();
    private final UnaryOperator<String> values;
    private final Set<Trait> traits;
    volatile String broken;
    volatile Supplier<Error> closeFails;
    /** Opening waits for it. */
    volatile CountDownLatch beforeOpening = new CountDownLatch(0);

    /** @param values key to value; null: not found; {@code "!"}: unavailable */
    FakeFactory(UnaryOperator<String> values, Trait... traits) {
        this.values = values;
        this.traits = Set.of(traits);
    }

    private final class Fake implements Table {
        private final AtomicInteger inside = new AtomicInteger();
        private volatile boolean over;

        @Override
        public Answer find(String key) {
            inside.incrementAndGet();
            try {
                if (over) {
                    usedAfterClose.incrementAndGet();
                }
                String value = values.apply(key);
                Thread.yield();
                if (over) {
                    usedAfterClose.incrementAndGet();
                }
                return value == null ? Answer.NOT_FOUND : value.equals("!") ? Answer.unavailable("test") : Answer.found(value);
            } finally {
                inside.decrementAndGet();
            }
        }

        @Override
        public Set<Trait> traits() {
            return traits;
        }

        @Override
        public OptionalLong size() {
            return OptionalLong.of(7);
        }

        @Override
        public void close() {
            if (inside.get() > 0 || over) {
                usedAfterClose.incrementAndGet();
            }
            over = true;
            closed.incrementAndGet();
            if (closeFails != null) {
                throw closeFails.get();
            }
        }
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        if (broken != null) {
            throw new TableOpenException(broken);
        }
        try {
            beforeOpening.await();
        } catch (InterruptedException e) {
            throw new TableOpenException("interrupted", e);
        }
        opened.incrementAndGet();
        return new Fake();
    }
}
