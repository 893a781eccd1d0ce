// SPDX-License-Identifier: Apache-2.0
/**
 * MariaDB and MySQL, through MariaDB Connector/J, which is part of this bundle, unchanged. {@link org.ostler.sql.mariadb.MariadbDriver} sets it up; {@link org.ostler.sql.mariadb.PemTls} makes TLS from the files that mysql_table(5) names.
 */
package org.ostler.sql.mariadb;
