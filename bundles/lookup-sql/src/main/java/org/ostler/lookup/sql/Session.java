// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.ResultValues;
import org.ostler.mail.lookup.sql.SqlDriver;

/**
 * One connection, and the statement that is asked again and again on it.
 *
 * <p><b>Threads</b> one at a time. <b>Blocking</b> until the server has answered or the deadline: then the statement is cancelled at the server, from a thread of its own.
 */
final class Session {

    private static final String NO_RESULT_SET = "query returned no result set(require_result_set = yes)";
    /** PostgreSQL's library has a code of its own for it, which Postfix takes for a failure. */
    private static final String NOTHING = "neither rows nor a count came back: the query is empty, or the driver did not understand it";
    private static final String MANY_RESULT_SETS = "multiple result sets returning data are not supported";

    /** Of whose class loader the connection is. */
    final SqlDriver driver;
    /** What was connected to, where that can change under its name. */
    final Object identity;
    /** Not used yet: a failure cannot come from its age. */
    boolean fresh = true;
    /** Something was left behind on it. */
    boolean spoiled;
    /** The server has understood the statement. */
    boolean prepared;
    long idleSince;

    private final Connection connection;
    private final Dialect dialect;
    private Dialect.Quoting quoting;
    private String sql = "";
    private PreparedStatement statement;

    Session(Connection connection, SqlDriver driver, Dialect dialect, Object identity) {
        this.connection = connection;
        this.driver = driver;
        this.dialect = dialect;
        this.identity = identity;
    }

    /** How this server reads literals; asked once. */
    Dialect.Quoting quoting() throws SQLException {
        if (quoting == null) {
            String answer = "";
            if (!dialect.modeQuery().isEmpty()) {
                try (Statement ask = connection.createStatement(); ResultSet rows = ask.executeQuery(dialect.modeQuery())) {
                    answer = rows.next() ? String.valueOf(rows.getString(1)) : "";
                }
            }
            quoting = dialect.quoting(answer);
        }
        return quoting;
    }

    void prepare(String text) throws SQLException {
        prepared = statement != null && sql.equals(text);
        if (prepared) {
            return;
        }
        if (statement != null) {
            statement.close();
            statement = null;
        }
        PreparedStatement next = connection.prepareStatement(text);
        if (dialect == Dialect.PGSQL) {
            next.setMaxRows(TableSetup.MAX_ROWS + 1);
        } else if (dialect == Dialect.MYSQL) {
            next.setFetchSize(1000);
        }
        statement = next;
        sql = text;
        prepared = true;
    }

    /**
     * Asks what was prepared.
     *
     * @param deadline in {@link System#nanoTime} terms
     * @throws SQLException also where it was cancelled and has ended as if it had not been: nobody knows what such an answer lacks
     * @throws Failure      where the server has answered something that is no answer to a lookup
     */
    Answer ask(QueryTemplate.Bound bound, TableSetup setup, String key, long deadline) throws SQLException, Failure {
        for (int i = 0; i < bound.values().size(); i++) {
            statement.setString(i + 1, bound.values().get(i));
        }
        var end = new End(statement, deadline);
        Answer answer;
        boolean cancelled = false;
        try {
            answer = read(statement.execute(), setup, key);
        } catch (SQLException e) {
            forgetStatement();
            throw e;
        } finally {
            cancelled = end.disarm();
            spoiled |= cancelled;
        }
        if (cancelled) {
            throw new SQLTimeoutException("cancelled", "57014");
        }
        return answer;
    }

    /** SQLite's would say "statement is not executing" to the next key, whatever that is. */
    private void forgetStatement() {
        if (dialect == Dialect.SQLITE) {
            PreparedStatement failed = statement;
            statement = null;
            try {
                failed.close();
            } catch (SQLException e) {
                spoiled = true;
            }
        }
    }

    /** A deviation from what a lookup expects; its message is Postfix's. */
    static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        Failure(String message) {
            super(message);
        }
    }

    /**
     * Of several statements PostgreSQL's library gives the result of the last; the others allow one result only. A command without rows, which says how many it has changed, is "not found" as in Postfix (in MySQL with
     * {@code require_result_set = no}); where nothing at all was said, nothing was asked.
     */
    private Answer read(boolean first, TableSetup setup, String key) throws SQLException, Failure {
        boolean isResult = first;
        int results = 0;
        Answer answer = null;
        while (isResult || statement.getUpdateCount() >= 0) {
            if (isResult && ++results > 1 && dialect != Dialect.PGSQL) {
                spoiled = true;
                throw new Failure(MANY_RESULT_SETS);
            }
            if (isResult) {
                try (ResultSet rows = statement.getResultSet()) {
                    ResultValues values = setup.result.values(key);
                    rows(rows, setup, values);
                    answer = said(values.answer(), setup);
                }
            } else if (answer == null) {
                answer = Answer.NOT_FOUND;
            }
            if (dialect == Dialect.SQLITE) {
                break;
            }
            isResult = statement.getMoreResults();
        }
        if (results == 0 && setup.requireResultSet && dialect == Dialect.MYSQL) {
            throw new Failure(NO_RESULT_SET);
        }
        if (answer == null) {
            throw new Failure(NOTHING);
        }
        return answer;
    }

    /** A limit that is exceeded is warned about as Postfix does, whose sqlite type has a colon less. */
    private Answer said(Answer answer, TableSetup setup) {
        if (answer instanceof Answer.Unavailable(String why)) {
            setup.spec.warnings().accept("dict_" + dialect.type + "_lookup: " + (dialect == Dialect.SQLITE ? why.replace(" for key: '", " for key '") : why));
        }
        return answer;
    }

    private void rows(ResultSet rows, TableSetup setup, ResultValues values) throws SQLException, Failure {
        int columns = dialect.columns(rows.getMetaData().getColumnCount());
        for (int row = 0; rows.next(); row++) {
            if (row >= TableSetup.MAX_ROWS) {
                spoiled = true;
                throw new Failure("more than " + TableSetup.MAX_ROWS + " rows");
            }
            for (int column = 1; column <= columns; column++) {
                String text = rows.getString(column);
                if (text == null && dialect != Dialect.PGSQL) {
                    continue;
                }
                // PostgreSQL's own library has an empty text for NULL; Postfix warns of both.
                if (!values.add(text == null ? "" : value(rows, column, text, setup))) {
                    spoiled |= dialect == Dialect.MYSQL;
                    return;
                }
            }
        }
    }

    private static String value(ResultSet rows, int column, String text, TableSetup setup) throws SQLException, Failure {
        String value = setup.encoding.fromServer(upToNul(text));
        if (value.indexOf('\ufffd') >= 0 && !setup.encoding.isSound(value, rows.getBytes(column), text)) {
            throw new Failure("value is not UTF-8");
        }
        return value;
    }

    private static String upToNul(String text) {
        int nul = text.indexOf('\0');
        return nul < 0 ? text : text.substring(0, nul);
    }

    /** In good order; may wait a moment. */
    void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            // It was of no more use anyway.
            abort();
        }
    }

    /** At once, whatever state it is in. */
    void abort() {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            // Sockets of broken connections are closed by the driver itself; there is nothing else to do.
            return;
        }
    }

    /** Cancels a statement at its time; the JDK's timer, which keeps one thread for all. */
    private static final class End {

        private final Statement statement;
        private final ReentrantLock lock = new ReentrantLock();
        private final ScheduledFuture<?> timer;
        private boolean over;
        private boolean fired;

        End(Statement statement, long deadline) {
            this.statement = statement;
            timer = ForkJoinPool.commonPool().schedule(() -> {
                Thread.ofVirtual().name("sql cancel").start(this::fire);
            }, Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        }

        private void fire() {
            lock.lock();
            try {
                if (!over) {
                    fired = true;
                    statement.cancel();
                }
            } catch (SQLException e) {
                // The lookup ends by its own deadline; the connection is not used again.
                return;
            } finally {
                lock.unlock();
            }
        }

        /** Whether it has fired: then the connection must not be used again. */
        boolean disarm() {
            timer.cancel(false);
            lock.lock();
            try {
                over = true;
                return fired;
            } finally {
                lock.unlock();
            }
        }
    }
}
