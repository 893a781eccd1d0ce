// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import javax.sql.DataSource;

/**
 * Opens a connection, and never on a virtual thread.
 *
 * <p>Drivers look for services in their jar while they connect (MariaDB's each time for ninety of them), in part as holder of its lock. A virtual thread that waits for that lock while the JVM loads or initializes a class for it keeps
 * its carrier. With as many of those as there are carriers, and a virtual thread as holder that is to go on, nothing on virtual threads goes on any more: the whole server stands still. A platform thread needs no carrier.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> as the driver, by the time limits that it was given; an interrupt ends the waiting at once, and what is opened after that is closed.
 */
final class Connecting extends FutureTask<Connection> {

    private Connecting(DataSource source) {
        super(source::getConnection);
    }

    static Connection to(DataSource source) throws SQLException, InterruptedException {
        if (!Thread.currentThread().isVirtual()) {
            return source.getConnection();
        }
        var opening = new Connecting(source);
        Thread.ofPlatform().daemon().name("sql connect").start(opening);
        try {
            return opening.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case SQLException trouble -> throw trouble;
                case RuntimeException bug -> throw bug;
                case Error error -> throw error;
                default -> throw new SQLException(e.getCause());
            }
        } catch (InterruptedException e) {
            if (!opening.cancel(true) && opening.state() == State.SUCCESS) {
                discard(opening.resultNow());
            }
            throw e;
        }
    }

    @Override
    protected void set(Connection connection) {
        super.set(connection);
        if (isCancelled()) {
            discard(connection);
        }
    }

    private static void discard(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // Nobody has ever used it.
            return;
        }
    }
}
