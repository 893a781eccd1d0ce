// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet.Finding;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.DomainList;
import org.ostler.mail.lookup.HostKeys;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;

/**
 * How much is logged of TLS: {@code smtpd_tls_loglevel} and {@code smtp_tls_loglevel}, and the tables that say otherwise for some peers ({@code smtp_tls_loglevel_maps}).
 *
 * <p>A table that cannot answer is warned of and changes nothing: mail does not wait for the log.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> tables.
 */
public final class TlsLogLevel {

    /** A line for each handshake. */
    public static final int SUMMARY = 1;
    /** The peer's certificate, and what came of judging it. */
    public static final int DETAILS = 2;

    private static final int MOST = 4;
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})(\\s*,\\s*trace)?");

    private final int usual;
    private final String name;
    private final TableList tables;
    private final boolean parents;
    private final MailLog log;

    /**
     * @param usual the parameter's value, by {@link #parse}
     * @param maps  the parameter that names the tables
     */
    public TlsLogLevel(int usual, Parameter<String> maps, Settings settings, Tables tables, MailLog log) {
        this.usual = usual;
        this.name = maps.name();
        this.tables = tables.open(settings.text(name), name);
        this.parents = DomainList.parentMatches(settings, name);
        this.log = log;
    }

    /**
     * A level as parameters and tables have it: 0 to 4, more being as 4, and perhaps {@code ,trace}, which Postfix 3.12 writes files for and nobody here.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static int parse(String text) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw new IllegalArgumentException("bad TLS loglevel");
        }
        return Math.min(MOST, Integer.parseInt(form.group(1)));
    }

    /** Of these parameters, those that ask for a protocol trace: what an operator should know of that. */
    public static List<Finding> traces(Settings settings, String... names) {
        return Stream.of(names).filter(name -> hasTrace(settings.text(name))).map(name -> new Finding(name, name + " = " + settings.text(name) + ": no TLS trace is written here", false)).toList();
    }

    private static boolean hasTrace(String text) {
        Matcher form = FORM.matcher(text.strip());
        return form.matches() && form.group(2) != null;
    }

    /**
     * The level for one peer.
     *
     * @param host    its name, or {@code unknown}
     * @param address as text, without brackets
     */
    public int of(String host, String address) {
        if (tables.isEmpty()) {
            return usual;
        }
        Answer answer = HostKeys.name(tables, host, parents);
        if (answer instanceof Answer.NotFound) {
            answer = HostKeys.address(tables, address);
        }
        return switch (answer) {
            case Answer.Found(String value) -> value.equalsIgnoreCase("DUNNO") ? usual : level(value, host).orElse(usual);
            case Answer.NotFound _ -> usual;
            case Answer.Unavailable(String reason) -> {
                log.warning(name + ": " + host + "[" + address + "]: " + reason);
                yield usual;
            }
        };
    }

    private Optional<Integer> level(String value, String host) {
        try {
            return Optional.of(parse(value));
        } catch (IllegalArgumentException _) {
            log.warning("unknown " + name + " value \"" + MailLog.printable(value) + "\" for " + host);
            return Optional.empty();
        }
    }
}
