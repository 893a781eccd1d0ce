// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.ostler.mail.json.Json;
import org.ostler.mail.tls.TlsReports.Attempt;
import org.ostler.mail.tls.TlsReports.Kind;
import org.ostler.mail.tls.TlsReports.Policy;

/**
 * The report to one domain about one day, as JSON (RFC 8460 section 4), with its name (section 5.1). Pure.
 *
 * @param domain       that is told
 * @param day          UTC, from 00:00:00 to 23:59:59
 * @param submitter    domain of who reports
 * @param organization the same in words
 * @param contact      mail address
 * @param policies     what happened
 */
record ReportText(String domain, LocalDate day, String submitter, String organization, String contact, Map<Policy, DayReport.Sum> policies) {

    private static final LocalTime LAST_SECOND = LocalTime.of(23, 59, 59);

    /** Names the report, the same at each attempt to send it: {@code 20260601.example.org@example.net}. */
    String id() {
        return day.toString().replace("-", "") + "." + domain + "@" + submitter;
    }

    /** {@code example.net!example.org!1780272000!1780358399.json.gz}. */
    String fileName() {
        return submitter + "!" + domain + "!" + day.toEpochSecond(LocalTime.MIN, ZoneOffset.UTC) + "!" + day.toEpochSecond(LAST_SECOND, ZoneOffset.UTC) + ".json.gz";
    }

    String json() {
        var report = new LinkedHashMap<String, Object>();
        report.put("organization-name", organization);
        report.put("date-range", ordered("start-datetime", day + "T00:00:00Z", "end-datetime", day + "T" + LAST_SECOND + "Z"));
        report.put("contact-info", contact);
        report.put("report-id", id());
        var list = new ArrayList<Object>();
        policies.forEach((policy, sum) -> list.add(of(policy, sum)));
        report.put("policies", list);
        return Json.of(report);
    }

    byte[] gzip() {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new GZIPOutputStream(bytes)) {
            zip.write(json().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it is memory
        }
        return bytes.toByteArray();
    }

    private static Map<String, Object> of(Policy policy, DayReport.Sum sum) {
        var entry = new LinkedHashMap<String, Object>();
        var head = new LinkedHashMap<String, Object>();
        head.put("policy-type", policy.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        if (policy.kind() != Kind.NO_POLICY_FOUND) {
            head.put("policy-string", policy.strings());
        }
        head.put("policy-domain", policy.domain());
        if (!policy.mx().isEmpty()) {
            head.put("mx-host", policy.mx());
        }
        entry.put("policy", head);
        entry.put("summary", ordered("total-successful-session-count", sum.good, "total-failure-session-count", sum.failed));
        if (!sum.details.isEmpty()) {
            List<Object> details = new ArrayList<>();
            sum.details.forEach((attempt, times) -> details.add(detail(attempt, times)));
            entry.put("failure-details", details);
        }
        return entry;
    }

    private static Map<String, Object> detail(Attempt attempt, long times) {
        var detail = new LinkedHashMap<String, Object>();
        detail.put("result-type", attempt.failure().orElseThrow().text());
        putKnown(detail, "sending-mta-ip", attempt.sendingAddress());
        putKnown(detail, "receiving-mx-hostname", attempt.mxHost());
        putKnown(detail, "receiving-mx-helo", attempt.mxHello());
        putKnown(detail, "receiving-ip", attempt.mxAddress());
        detail.put("failed-session-count", times);
        putKnown(detail, "failure-reason-code", attempt.detail());
        return detail;
    }

    private static void putKnown(Map<String, Object> map, String name, String value) {
        if (!value.isEmpty()) {
            map.put(name, value);
        }
    }

    private static Map<String, Object> ordered(String first, Object value, String second, Object other) {
        var map = new LinkedHashMap<String, Object>();
        map.put(first, value);
        map.put(second, other);
        return map;
    }
}
