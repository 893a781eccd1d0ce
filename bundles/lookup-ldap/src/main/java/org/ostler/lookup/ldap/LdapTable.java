// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.unboundid.ldap.sdk.Filter;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.Trait;

/** One table. A lookup takes a connection, asks, and gives it back; where a connection that was kept turns out to be dead, it asks once more on a new one. */
final class LdapTable implements Table {

    private final Plan plan;
    private final Directory directory;
    private final List<Path> sources;
    private final Runnable release;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param release what is to be done when the table closes */
    LdapTable(Plan plan, Directory directory, List<Path> sources, Runnable release) {
        this.plan = plan;
        this.directory = directory;
        this.sources = List.copyOf(sources);
        this.release = release;
    }

    @Override
    public Set<Trait> traits() {
        return EnumSet.of(Trait.MAY_BLOCK);
    }

    @Override
    public List<Path> sources() {
        return sources;
    }

    @Override
    public Answer find(String key) {
        Optional<Answer> early = UTF_8.newEncoder().canEncode(key) ? plan.queries().templates().withoutAsking(key) : Optional.of(Answer.NOT_FOUND);
        if (early.isPresent()) {
            return early.get();
        }
        long end = System.nanoTime() + directory.access().lookup().toNanos();
        Filter filter;
        try {
            filter = plan.filter(key);
        } catch (Trouble e) {
            return Answer.unavailable(e.getMessage());
        }
        try {
            return ask(key, filter, end, false);
        } catch (Trouble first) {
            if (first.kind() != Trouble.Kind.LOST || Thread.currentThread().isInterrupted()) {
                return Answer.unavailable(first.getMessage());
            }
            try {
                return ask(key, filter, end, true);
            } catch (Trouble second) {
                return Answer.unavailable(second.getMessage());
            }
        }
    }

    private Answer ask(String key, Filter filter, long end, boolean fresh) throws Trouble {
        Link link = directory.take(end, fresh);
        Trouble.Kind why = Trouble.Kind.LOST;
        boolean good = false;
        try {
            Answer answer = new Search(plan, link, key).run(plan.base(key), filter);
            good = true;
            return answer;
        } catch (Trouble e) {
            why = e.kind();
            throw e;
        } finally {
            // Also after an error that the server answered with: a new connection is the remedy for a server in a bad mood.
            if (good) {
                directory.give(link);
            } else {
                directory.drop(link, why);
            }
        }
    }

    /** A second time it would take the connections away from another table. */
    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            release.run();
        }
    }
}
