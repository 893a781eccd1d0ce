// SPDX-License-Identifier: Apache-2.0
package org.ostler.maillog;

import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.Settings;

/** Where and how the mail log is written. */
@Component(service = ParameterSet.class)
public final class MaillogParameters extends ParameterSet {

    @Override
    public List<Finding> check(Settings settings) {
        String file = settings.get(MAILLOG_FILE);
        return isAllowed(settings) ? List.of() : List.of(new Finding("maillog_file", "maillog_file '" + file + "' does not match any prefix in maillog_file_prefixes", true));
    }

    /** A place outside of the prefixes could be any file of the system. */
    static boolean isAllowed(Settings settings) {
        String file = settings.get(MAILLOG_FILE);
        return file.isEmpty() || settings.get(MAILLOG_FILE_PREFIXES).stream().anyMatch(file::startsWith);
    }

    public static final Parameter<String> MAILLOG_FILE = text("maillog_file", "", """
        File that receives the log; /dev/stdout for standard output; empty for syslog.""");
    public static final Parameter<List<String>> MAILLOG_FILE_PREFIXES = list("maillog_file_prefixes", "/var, /dev/stdout", """
        What a maillog_file must begin with.""");
    public static final Parameter<String> MAILLOG_FILE_PERMISSIONS = text("maillog_file_permissions", "0600", """
        Access permissions of a new log file, in octal.""");
    public static final Parameter<String> MAILLOG_FILE_ROTATE_SUFFIX = text("maillog_file_rotate_suffix", "%Y%m%d-%H%M%S", """
        What "logrotate" appends to the name of the old file, in the notation of strftime(3).""");
    public static final Parameter<String> MAILLOG_FILE_COMPRESSOR = text("maillog_file_compressor", "gzip", """
        Program that compresses a rotated file, run with the file as its argument.""");
    public static final Parameter<String> SYSLOG_FACILITY = text("syslog_facility", "mail", """
        Syslog facility of the mail log.""");
    public static final Parameter<String> SYSLOG_NAME = text("syslog_name", "${multi_instance_name?{$multi_instance_name}:{postfix}}", """
        What stands before the program name in every log line.""");
}
