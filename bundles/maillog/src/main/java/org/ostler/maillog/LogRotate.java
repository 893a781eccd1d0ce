// SPDX-License-Identifier: Apache-2.0
package org.ostler.maillog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.GivenEnvironment;
import org.ostler.mail.config.Settings;
import org.ostler.mail.control.spi.CommandName;
import org.ostler.mail.control.spi.ControlCommand;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;

/**
 * {@code log.rotate}, what {@code postfix logrotate} runs: renames the file, so that the writer opens a new one, and compresses the old one.
 */
@Component(service = ControlCommand.class)
@CommandName("log.rotate")
public final class LogRotate implements ControlCommand {

    private static final Map<Character, String> STRFTIME = Map.of('Y', "yyyy", 'm', "MM", 'd', "dd", 'H', "HH", 'M', "mm", 'S', "ss");
    private static final long COMPRESS_SECONDS = 600;

    private final Leased<Configuration> configuration = new Leased<>("configuration");

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindConfiguration(Configuration c, ServiceReference<Configuration> ref) {
        configuration.bind(c, ref);
    }

    void unbindConfiguration(Configuration c, ServiceReference<Configuration> ref) {
        configuration.unbind(c, ref);
    }

    @Override
    public void run(List<String> arguments, Consumer<String> out) throws ControlException {
        try {
            Settings settings = configuration.<Settings, RuntimeException>call(c -> c.current().main());
            String name = settings.get(MaillogParameters.MAILLOG_FILE);
            if (name.isEmpty() || name.equals("/dev/stdout")) {
                throw new ControlException("maillog_file does not name a file that can be rotated");
            }
            Path file = Path.of(name);
            Path old = file.resolveSibling(file.getFileName() + "." + suffix(settings.get(MaillogParameters.MAILLOG_FILE_ROTATE_SUFFIX), ZonedDateTime.now()));
            Files.move(file, old);
            compress(settings.get(MaillogParameters.MAILLOG_FILE_COMPRESSOR), old);
            out.accept(old.toString());
        } catch (UnavailableException | IOException e) {
            throw new ControlException(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ControlException("interrupted");
        }
    }

    private static void compress(String program, Path file) throws IOException, InterruptedException, ControlException {
        var builder = new ProcessBuilder(program, file.toString()).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        GivenEnvironment.restore(builder.environment());
        Process process = builder.start();
        if (!process.waitFor(COMPRESS_SECONDS, TimeUnit.SECONDS)) {
            process.destroy();
            throw new ControlException(program + " " + file + " takes too long");
        }
        if (process.exitValue() != 0) {
            throw new ControlException(program + " " + file + " failed with status " + process.exitValue());
        }
    }

    static String suffix(String format, ZonedDateTime now) {
        var out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c == '%' && i + 1 < format.length() && STRFTIME.containsKey(format.charAt(i + 1))) {
                out.append(DateTimeFormatter.ofPattern(STRFTIME.get(format.charAt(++i))).format(now));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
