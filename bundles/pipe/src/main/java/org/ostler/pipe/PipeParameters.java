// SPDX-License-Identifier: Apache-2.0
package org.ostler.pipe;

import java.time.Duration;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** Parameters of the pipe transport. */
@Component(service = ParameterSet.class)
public final class PipeParameters extends ParameterSet {

    public static final Parameter<Duration> COMMAND_TIME_LIMIT = time("command_time_limit", "1000s", """
        How long an external command may run; TRANSPORT_time_limit for one row.""");
    public static final Parameter<List<String>> EXPORT_ENVIRONMENT = list("export_environment", "TZ MAIL_CONFIG LANG", """
        Environment variables that external commands get: names, or name=value.""");
    public static final Parameter<List<String>> IMPORT_ENVIRONMENT = list("import_environment", "MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ XAUTHORITY DISPLAY LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME XDG_RUNTIME_DIR", """
        Environment variables of whoever starts the server that export_environment may name: names, or name=value.""");
}
