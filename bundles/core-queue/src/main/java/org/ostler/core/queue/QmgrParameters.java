// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.Settings;

/** Parameters of the queue manager: when and how often delivery is tried, and how much at once. */
@Component(service = ParameterSet.class)
public final class QmgrParameters extends ParameterSet {

    public static final Parameter<Duration> QUEUE_RUN_DELAY = time("queue_run_delay", "300s", """
        Longest time between two scans of the queue; mail that falls due in between is taken at its own time. Keep it at or below $minimal_backoff_time.""");
    public static final Parameter<Duration> MINIMAL_BACKOFF_TIME = time("minimal_backoff_time", "300s", """
        Shortest wait before a deferred message is tried again, and how long a dead destination is left alone.""");
    public static final Parameter<Duration> MAXIMAL_BACKOFF_TIME = time("maximal_backoff_time", "4000s", """
        Longest wait before a deferred message is tried again.""");
    public static final Parameter<Duration> MAXIMAL_QUEUE_LIFETIME = time("maximal_queue_lifetime", "5d", 'd', """
        Age at which mail that still cannot be delivered goes back to its sender, after one more attempt; in days unless a unit is given.""");
    public static final Parameter<Duration> BOUNCE_QUEUE_LIFETIME = time("bounce_queue_lifetime", "5d", 'd', """
        The same for mail from the null sender.""");
    public static final Parameter<Duration> DELAY_WARNING_TIME = time("delay_warning_time", "0h", 'h', """
        Age at which the sender is warned, once, that mail is delayed; 0 for never; in hours unless a unit is given.""");
    public static final Parameter<Duration> TRANSPORT_RETRY_TIME = time("transport_retry_time", "60s", """
        How long a transport that is not available is left alone.""");
    public static final Parameter<Duration> CLOG_WARN_TIME = time("qmgr_clog_warn_time", "300s", """
        Least time between warnings that one destination takes up a fifth of the active queue; 0 for none.""");
    public static final Parameter<Integer> ACTIVE_LIMIT = integer("qmgr_message_active_limit", "20000", 1, """
        Messages in the active queue.""");
    public static final Parameter<Integer> RECIPIENT_LIMIT = integer("qmgr_message_recipient_limit", "20000", 1, """
        Recipients in the active queue; a single message with more is taken when there is room for its first.""");
    public static final Parameter<List<String>> DEFER_TRANSPORTS = list("defer_transports", "", """
        Transports over which mail is delivered only after postqueue -f.""");
    public static final Parameter<Integer> INITIAL_CONCURRENCY = integer("initial_destination_concurrency", "5", 1, """
        Deliveries at once to a destination of which nothing is known yet. Per transport: transport_initial_destination_concurrency.""");
    public static final Parameter<Integer> CONCURRENCY_LIMIT = integer("default_destination_concurrency_limit", "20", 0, """
        Most deliveries at once to one destination; 0 for no limit. Per transport: transport_destination_concurrency_limit.""");
    public static final Parameter<Integer> DESTINATION_RECIPIENT_LIMIT = integer("default_destination_recipient_limit", "50", 0, """
        Most recipients in one delivery; 0 for no limit. With 1 the recipient, not the domain, counts as the destination. Per transport: \
        transport_destination_recipient_limit.""");
    public static final Parameter<Feedback> POSITIVE_FEEDBACK = feedback("default_destination_concurrency_positive_feedback", """
        By how much the concurrency of a destination grows with a delivery: number, number/concurrency or number/sqrt_concurrency, 0 to 1.""");
    public static final Parameter<Feedback> NEGATIVE_FEEDBACK = feedback("default_destination_concurrency_negative_feedback", """
        By how much it shrinks when a connection or handshake fails; same forms.""");
    public static final Parameter<Integer> FAILED_COHORT_LIMIT = integer("default_destination_concurrency_failed_cohort_limit", "1", 0, """
        After how many concurrencies' worth of failures in a row a destination is dead; 0 for never.""");
    public static final Parameter<Duration> RATE_DELAY = time("default_destination_rate_delay", "0s", """
        Pause between two deliveries to one destination; above 0 it also sets its concurrency to 1.""");
    public static final Parameter<Duration> TRANSPORT_RATE_DELAY = time("default_transport_rate_delay", "0s", """
        Pause between two deliveries by one transport, whatever the destination; above 0 it also makes them one at a time.""");
    public static final Parameter<Integer> DELAY_DIGITS = integer("delay_logging_resolution_limit", "2", 0, 6, """
        Most digits behind the decimal point of delays in the log.""");
    public static final Parameter<Boolean> SOFT_BOUNCE = yesNo("soft_bounce", "no", """
        Mail that would be returned stays in the queue: a safety net while a configuration is being tried.""");
    /** Ostler's own. */
    public static final Parameter<Long> CONTENT_MEMORY_LIMIT = size("qmgr_content_memory_limit", "0", 0, """
        Bytes of message content that the active queue keeps in memory; beyond it new mail waits on disk. 0 for an eighth of the heap.""");
    /** Ostler's own. */
    public static final Parameter<Integer> DELIVERY_LIMIT = integer("qmgr_transport_delivery_limit", "500", 1, """
        Most deliveries at once by one transport whose master.cf row has - as maxproc, unless default_process_limit is set.""");
    /** Ostler's own. */
    public static final Parameter<Duration> STOP_TIME_LIMIT = time("qmgr_stop_time_limit", "20s", """
        How long a stop waits for deliveries in progress; what is not finished then is tried again after the next start.""");

    private static Parameter<Feedback> feedback(String name, String prose) {
        return new Parameter<>(name, "text", "1", prose, Feedback::parse);
    }

    public static final Parameter<Integer> LOCAL_DESTINATION_CONCURRENCY_LIMIT = integer("local_destination_concurrency_limit", "2", 0, """
        Most parallel deliveries to one destination by the transport local; any other transport has a parameter of its own like this one.""");
    public static final Parameter<Integer> LOCAL_DESTINATION_RECIPIENT_LIMIT = integer("local_destination_recipient_limit", "1", 0, """
        Most recipients per delivery by the transport local; any other transport has a parameter of its own like this one.""");
    public static final Parameter<Integer> LMTP_DESTINATION_CONCURRENCY_LIMIT = integer("lmtp_destination_concurrency_limit", "$default_destination_concurrency_limit", 0, """
        Most parallel deliveries to one destination by the transport lmtp; any other transport has a parameter of its own like this one.""");
    public static final Parameter<Integer> LMTP_DESTINATION_RECIPIENT_LIMIT = integer("lmtp_destination_recipient_limit", "$default_destination_recipient_limit", 0, """
        Most recipients per delivery by the transport lmtp; any other transport has a parameter of its own like this one.""");
    public static final Parameter<Integer> RELAY_DESTINATION_CONCURRENCY_LIMIT = integer("relay_destination_concurrency_limit", "$default_destination_concurrency_limit", 0, """
        Most parallel deliveries to one destination by the transport relay; any other transport has a parameter of its own like this one.""");
    public static final Parameter<Integer> RELAY_DESTINATION_RECIPIENT_LIMIT = integer("relay_destination_recipient_limit", "$default_destination_recipient_limit", 0, """
        Most recipients per delivery by the transport relay; any other transport has a parameter of its own like this one.""");
    public static final Parameter<Integer> SMTP_DESTINATION_CONCURRENCY_LIMIT = integer("smtp_destination_concurrency_limit", "$default_destination_concurrency_limit", 0, """
        Most parallel deliveries to one destination by the transport smtp; any other transport has a parameter of its own like this one.""");
    public static final Parameter<Integer> SMTP_DESTINATION_RECIPIENT_LIMIT = integer("smtp_destination_recipient_limit", "$default_destination_recipient_limit", 0, """
        Most recipients per delivery by the transport smtp; any other transport has a parameter of its own like this one.""");
    public static final Parameter<Integer> VIRTUAL_DESTINATION_CONCURRENCY_LIMIT = integer("virtual_destination_concurrency_limit", "$default_destination_concurrency_limit", 0, """
        Most parallel deliveries to one destination by the transport virtual; any other transport has a parameter of its own like this one.""");
    public static final Parameter<Integer> VIRTUAL_DESTINATION_RECIPIENT_LIMIT = integer("virtual_destination_recipient_limit", "$default_destination_recipient_limit", 0, """
        Most recipients per delivery by the transport virtual; any other transport has a parameter of its own like this one.""");

    /** Zero would be no pause at all; Postfix does not take it either. */
    @Override
    public List<Finding> check(Settings settings) {
        return Stream.of(QUEUE_RUN_DELAY, MINIMAL_BACKOFF_TIME, MAXIMAL_BACKOFF_TIME, TRANSPORT_RETRY_TIME).filter(each -> settings.get(each).isZero())
                .map(each -> new Finding(each.name(), "invalid " + each.name() + ": 0 (min 1)", true)).toList();
    }
}
