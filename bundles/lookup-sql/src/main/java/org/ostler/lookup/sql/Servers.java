// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.sql.SqlDriver;

/**
 * The hosts of one table, and which of them is asked.
 *
 * <h2>Description</h2>
 * As in Postfix: first those with a connection, then the others; among these sockets, then hosts, then URIs; among equals by lot. One that fails is left alone for {@code retry_interval}, and the next is asked.
 * Better than in Postfix: where the server says that the <em>query</em> is wrong, it is not the server that is left alone, because a single key that a function chokes on would then cut off all others;
 * a connection that was closed while nobody used it is opened again before the host counts as failed.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> up to the deadline.
 */
final class Servers {

    private final TableSetup setup;
    /** One more than once, where its host is listed so: it is left alone only after as many failures in one lookup. */
    private final List<Server> servers;
    /** The server cannot infer the types of parameters in this query: literals from now on. */
    private volatile boolean literal;

    Servers(TableSetup setup) {
        this.setup = setup;
        var byHost = new HashMap<Host, Server>();
        this.servers = setup.hosts.stream().map(host -> byHost.computeIfAbsent(host, each -> new Server(each, setup))).toList();
    }

    /**
     * What came of one host.
     *
     * @param answer null: ask the next
     */
    private record Outcome(Answer answer, String reason) {}

    /** @param deadline in {@link System#nanoTime} terms: when statements are cancelled */
    Answer ask(String key, SqlDriver driver, long deadline) throws InterruptedException {
        String reason = "no host may be asked at the moment";
        var left = new ArrayList<>(servers);
        while (!left.isEmpty()) {
            Server server = choose(left);
            if (server == null) {
                break;
            }
            if (System.nanoTime() - deadline >= 0) {
                return Answer.unavailable("no time left: " + reason);
            }
            left.remove(server);
            Outcome outcome = attempt(server, key, driver, deadline, left);
            if (outcome.answer != null) {
                return outcome.answer;
            }
            reason = outcome.reason;
        }
        return Answer.unavailable(reason);
    }

    private static Server choose(List<Server> left) {
        for (Predicate<Server> kind : List.<Predicate<Server>>of(Server::isActive, Server::mayBeTried)) {
            for (int rank = 0; rank <= 2; rank++) {
                int wanted = rank;
                List<Server> equals = left.stream().filter(server -> server.host.rank() == wanted && kind.test(server)).toList();
                if (!equals.isEmpty()) {
                    return equals.get(ThreadLocalRandom.current().nextInt(equals.size()));
                }
            }
        }
        return null;
    }

    private Outcome attempt(Server server, String key, SqlDriver driver, long deadline, List<Server> left) throws InterruptedException { // size: the state of one lookup
        boolean onlyNew = false;
        while (true) {
            Session session;
            try {
                session = server.take(driver, onlyNew, deadline);
            } catch (Server.Busy e) {
                return new Outcome(Answer.unavailable(server.host.shown() + ": " + e.getMessage()), "");
            } catch (SQLException | RuntimeException e) {
                down(server, left);
                return connectFailed(server, e);
            }
            boolean old = !session.fresh;
            try {
                Answer answer = asked(session, key, deadline);
                server.give(session);
                return new Outcome(answer, "");
            } catch (QueryTemplate.UnsafeKey e) {
                server.give(session);
                return new Outcome(Answer.unavailable(e.getMessage()), "");
            } catch (Session.Failure e) {
                server.give(session);
                // The same query would bring the same from the same host.
                left.removeIf(other -> other.host.equals(server.host));
                return failed(server, "query failed", e.getMessage());
            } catch (SQLException | RuntimeException e) {
                boolean late = System.nanoTime() - deadline >= 0;
                boolean cancelled = session.spoiled && late;
                boolean serversFault = e instanceof RuntimeException || isServersFault(e);
                session.spoiled |= serversFault;
                server.give(session);
                if (cancelled || Thread.currentThread().isInterrupted()) {
                    return tooLate(server, serversFault && late);
                }
                if (serversFault && old) {
                    // It may have been restarted since.
                    server.drop(each -> true);
                    onlyNew = true;
                    continue;
                }
                if (serversFault) {
                    down(server, left);
                } else {
                    left.removeIf(other -> other.host.equals(server.host));
                }
                return failed(server, doing(session, key), reason(e));
            } catch (Error e) {
                // A class that has gone with the driver's bundle, an answer larger than the memory: the place of its connection must not go with it.
                session.spoiled = true;
                server.give(session);
                throw e;
            }
        }
    }

    private Answer asked(Session session, String key, long deadline) throws SQLException, Session.Failure, QueryTemplate.UnsafeKey {
        try {
            return asked(session, key, deadline, literal);
        } catch (SQLException e) {
            // Types and functions that a literal would have been good for: class 42 (syntax error or access rule violation).
            boolean parameters = setup.dialect == Dialect.PGSQL && !literal && e.getSQLState() != null && e.getSQLState().startsWith("42");
            if (!parameters) {
                throw e;
            }
            Answer answer = asked(session, key, deadline, true);
            literal = true;
            return answer;
        }
    }

    private Answer asked(Session session, String key, long deadline, boolean literals) throws SQLException, Session.Failure, QueryTemplate.UnsafeKey {
        Dialect.Quoting quoting = literals || setup.query.dependsOnServer() ? session.quoting() : new Dialect.Quoting(true, true);
        QueryTemplate.Bound bound = setup.query.bind(setup.encoding.toServer(key), quoting, literals);
        session.prepare(bound.sql());
        return session.ask(bound, setup, key, deadline);
    }

    private static void down(Server server, List<Server> left) {
        if (left.contains(server)) {
            server.drop(session -> true);
        } else {
            server.down();
        }
    }

    private Outcome connectFailed(Server server, Exception e) {
        String reason = reason(e);
        if (setup.dialect == Dialect.SQLITE) {
            warn("sqlite:" + setup.spec.name() + ": open database " + server.host.shown() + ": " + reason);
        } else {
            warn("connect to " + setup.dialect.type + " server " + server.host.shown() + ": " + reason);
        }
        return new Outcome(null, server.host.shown() + ": " + reason);
    }

    /** What the words of SQLite's type tell, with the statement and the key in it. */
    private String doing(Session session, String key) {
        if (setup.dialect != Dialect.SQLITE || !session.prepared) {
            return "prepare failed";
        }
        try {
            return "step failed for query '" + setup.query.bind(setup.encoding.toServer(key), setup.dialect.quoting(""), true).sql() + "'";
        } catch (QueryTemplate.UnsafeKey e) {
            return "step failed: " + e.getMessage();
        }
    }

    /** @param where what SQLite was doing; the others do not tell */
    private Outcome failed(Server server, String where, String reason) {
        switch (setup.dialect) {
            case PGSQL -> warn("pgsql query failed: fatal error from host " + server.host.shown() + ": " + reason);
            case MYSQL -> warn("mysql:" + setup.spec.name() + ": query failed: " + reason);
            case SQLITE -> warn("dict_sqlite_lookup: " + setup.spec.name() + ": SQL " + where + ": " + reason);
        }
        return new Outcome(null, server.host.shown() + ": " + reason);
    }

    /** @param silent the server has not even taken the order to stop */
    private Outcome tooLate(Server server, boolean silent) {
        if (silent) {
            server.down();
        }
        return new Outcome(Answer.unavailable(server.host.shown() + ": no answer in " + setup.deadline.toSeconds() + " s"), "");
    }

    private void warn(String text) {
        setup.spec.warnings().accept(text);
    }

    /** Connections (08), resources (53), operator intervention (57), system errors (58, XX), and whatever the network says; the rest is the query. */
    private static boolean isServersFault(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException) {
                return true;
            }
            String state = cause instanceof SQLException sql ? sql.getSQLState() : null;
            if (state != null && (state.startsWith("08") || state.startsWith("53") || state.startsWith("57P") || state.startsWith("58") || state.startsWith("XX") || state.startsWith("28"))) {
                return true;
            }
        }
        return false;
    }

    /** One line, as the server's own client would say it. */
    private String reason(Exception e) {
        Throwable cause = e;
        while (cause.getMessage() == null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String text = String.valueOf(cause.getMessage()).lines().findFirst().orElse("").strip();
        text = text.replaceFirst("^\\(conn=\\d+\\) ", "").replaceFirst("^\\[SQLITE_\\w+\\] .*? \\((.*)\\)$", "$1");
        return setup.withoutSecrets(text);
    }

    void driverGone(SqlDriver driver) {
        servers.forEach(server -> server.drop(session -> session.driver == driver));
    }

    int idleConnections() {
        return new HashSet<>(servers).stream().mapToInt(Server::idleConnections).sum();
    }

    void close() {
        servers.forEach(Server::close);
    }
}
