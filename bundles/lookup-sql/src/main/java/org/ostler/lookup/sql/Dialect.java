// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

/** What differs between the three kinds of database: grammar of literals, results, and Postfix's words. */
enum Dialect {

    PGSQL("pgsql", "dict_pgsql_lookup"), MYSQL("mysql", "dict_mysql_lookup"), SQLITE("sqlite", "dict_sqlite_lookup");

    /** The table type. */
    final String type;
    /** The routine that Postfix's messages name. */
    final String routine;

    Dialect(String type, String routine) {
        this.type = type;
        this.routine = routine;
    }

    /** Whether a double quote begins a text, as it does in MySQL unless ANSI_QUOTES is set; elsewhere a name. */
    boolean doubleQuotesText() {
        return this == MYSQL;
    }

    /** sqlite_table(5) takes the first column of each row, the other two take all. */
    int columns(int all) {
        return this == SQLITE ? Math.min(1, all) : all;
    }

    /** Asks a new connection whether a backslash is special in a literal; empty where it never is. */
    String modeQuery() {
        return switch (this) {
            case PGSQL -> "SHOW standard_conforming_strings";
            case MYSQL -> "SELECT @@sql_mode";
            case SQLITE -> "";
        };
    }

    /** @param answer to {@link #modeQuery} */
    Quoting quoting(String answer) {
        return switch (this) {
            case PGSQL -> new Quoting(!answer.equals("on"), false);
            case MYSQL -> new Quoting(!answer.contains("NO_BACKSLASH_ESCAPES"), answer.contains("ANSI_QUOTES"));
            case SQLITE -> new Quoting(false, false);
        };
    }

    /**
     * How the server at hand reads literals.
     *
     * @param backslashes  a backslash in a plain literal is special
     * @param quotedNames  MySQL: a double quote begins a name after all
     */
    record Quoting(boolean backslashes, boolean quotedNames) {}
}
