// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.ostler.mail.tls.TlsReports.Attempt;
import org.ostler.mail.tls.TlsReports.Kind;
import org.ostler.mail.tls.TlsReports.Policy;
import org.ostler.mail.tls.TlsResult;

class ReportTextTest {

    private static final LocalDate DAY = LocalDate.of(2016, 4, 1);
    private static final String D = "company-y.test";

    private static ReportText report(DayReport day) {
        return new ReportText(D, DAY, "company-x.test", "Company-X", "sts-reporting@company-x.test", day.policies(D));
    }

    private static DayReport day(Object... timesAndAttempts) {
        var day = new DayReport();
        for (int i = 0; i < timesAndAttempts.length; i += 2) {
            day.add(new Tally.Count(DAY, (Attempt) timesAndAttempts[i + 1], (Integer) timesAndAttempts[i]));
        }
        return day;
    }

    @Test
    void theExampleOfTheStandard() throws Exception {
        String json = report(day(5326, Samples.good(D, Samples.STS), 100, Samples.bad(D, Samples.STS, TlsResult.CERTIFICATE_EXPIRED, "mx1.mail.company-y.test"),
                200, Samples.bad(D, Samples.STS, TlsResult.STARTTLS_NOT_SUPPORTED, "mx2.mail.company-y.test"))).json();
        assertThat(Schema.errors(json)).isEmpty();
        assertThat(json).isEqualTo("""
            {"organization-name": "Company-X", "date-range": {"start-datetime": "2016-04-01T00:00:00Z", "end-datetime": "2016-04-01T23:59:59Z"}, \
            "contact-info": "sts-reporting@company-x.test", "report-id": "20160401.company-y.test@company-x.test", \
            "policies": [{"policy": {"policy-type": "sts", "policy-string": ["version: STSv1", "mode: testing", "mx: *.mail.company-y.test", "max_age: 86400"], \
            "policy-domain": "company-y.test", "mx-host": ["*.mail.company-y.test"]}, \
            "summary": {"total-successful-session-count": 5326, "total-failure-session-count": 300}, \
            "failure-details": [{"result-type": "certificate-expired", "sending-mta-ip": "2001:db8:abcd:0012::1", "receiving-mx-hostname": "mx1.mail.company-y.test", \
            "receiving-ip": "203.0.113.58", "failed-session-count": 100, "failure-reason-code": "what came of it"}, \
            {"result-type": "starttls-not-supported", "sending-mta-ip": "2001:db8:abcd:0012::1", "receiving-mx-hostname": "mx2.mail.company-y.test", \
            "receiving-ip": "203.0.113.58", "failed-session-count": 200, "failure-reason-code": "what came of it"}]}]}""");
    }

    /** What others write, in the shape of appendix B: ids without "@", further information, hosts in any order. The schema that ours is held against must be that of the standard and not of our own habits. */
    @Test
    void theSchemaTakesTheExampleOfTheStandard() throws Exception {
        assertThat(Schema.errors("""
            {"organization-name": "Company-X",
             "date-range": {"start-datetime": "2016-04-01T00:00:00Z", "end-datetime": "2016-04-01T23:59:59Z"},
             "contact-info": "sts-reporting@company-x.test",
             "report-id": "5065427c-23d3-47ca-b6e0-946ea0e8c4be",
             "policies": [{
               "policy": {"policy-type": "sts", "policy-string": ["version: STSv1", "mode: testing", "mx: *.mail.company-y.test", "max_age: 86400"],
                 "policy-domain": "company-y.test", "mx-host": ["*.mail.company-y.test"]},
               "summary": {"total-successful-session-count": 5326, "total-failure-session-count": 303},
               "failure-details": [
                 {"result-type": "certificate-expired", "sending-mta-ip": "2001:db8:abcd:0012::1", "receiving-mx-hostname": "mx1.mail.company-y.test", "failed-session-count": 100},
                 {"result-type": "starttls-not-supported", "sending-mta-ip": "2001:db8:abcd:0013::1", "receiving-mx-hostname": "mx2.mail.company-y.test", "receiving-ip": "203.0.113.56", "failed-session-count": 200,
                  "additional-information": "https://reports.company-x.test/report_info?id=5065427c-23d3#StarttlsNotSupported"},
                 {"result-type": "validation-failure", "sending-mta-ip": "198.51.100.62", "receiving-ip": "203.0.113.58", "receiving-mx-hostname": "mx-backup.mail.company-y.test", "failed-session-count": 3,
                  "failure-reason-code": "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED"}]}]}
            """)).isEmpty();
    }

    @Test
    void everyKindOfPolicyAndResultFitsTheSchema() throws Exception {
        var day = day(1, Samples.good(D, Samples.STS), 2, Samples.good(D, Samples.TLSA), 3, Samples.good(D, Samples.none(D)));
        for (TlsResult result : TlsResult.values()) {
            day.add(new Tally.Count(DAY, Samples.bad(D, Samples.TLSA, result, "mx.test"), 7));
            day.add(new Tally.Count(DAY, new Attempt(D, Samples.none(D), Optional.of(result), "", "", "", "", ""), 1));
        }
        String json = report(day).json();
        assertThat(Schema.errors(json)).isEmpty();
        assertThat(json).contains("{\"policy\": {\"policy-type\": \"no-policy-found\", \"policy-domain\": \"company-y.test\"},")
                .contains("{\"total-successful-session-count\": 2, \"total-failure-session-count\": 77}").contains("{\"result-type\": \"dane-required\", \"failed-session-count\": 1}");
    }

    @Test
    void textsOfStrangersStayTexts() throws Exception {
        var evil = new Attempt(D, new Policy(Kind.STS, D, List.of("x: \"\\\u0001\u007f\ud800\u00e9\ud83d\ude00"), List.of()), Optional.of(TlsResult.VALIDATION_FAILURE), "\"}],\n", "192.0.2.1", "mx.test", "192.0.2.2", "<script>");
        String json = report(day(1, evil)).json();
        assertThat(Schema.errors(json)).isEmpty();
        assertThat(json).contains("x: \\\"\\\\\\u0001\\u007f\ufffd\u00e9\ud83d\ude00").contains("\"\\\"}],\\n\"");
    }

    @Test
    void theNameOfTheFileTellsWhoWhomAndWhen() {
        assertThat(report(day(1, Samples.good(D, Samples.STS))).fileName()).isEqualTo("company-x.test!company-y.test!1459468800!1459555199.json.gz");
    }

    @Test
    void theCompressedFormIsTheSame() throws Exception {
        ReportText report = report(day(1, Samples.good(D, Samples.STS)));
        assertThat(new String(new GZIPInputStream(new ByteArrayInputStream(report.gzip())).readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(report.json());
    }

    @Test
    void moreThanThereIsRoomForIsLeftOut() {
        var day = new DayReport();
        for (int i = 0; i < 300; i++) {
            day.add(new Tally.Count(DAY, Samples.bad(D, Samples.STS, TlsResult.VALIDATION_FAILURE, "mx" + i + ".test"), 1));
            day.add(new Tally.Count(DAY, Samples.good(D, Samples.none("p" + i)), 1));
        }
        assertThat(day.policies(D)).hasSize(DayReport.MOST_POLICIES);
        assertThat(day.policies(D).get(Samples.STS).details).hasSize(DayReport.MOST_DETAILS);
        assertThat(day.policies(D).get(Samples.STS).failed).isEqualTo(300);
        for (int i = 0; i < DayReport.MOST_DOMAINS + 10; i++) {
            day.add(new Tally.Count(DAY, Samples.good("d" + i + ".test", Samples.STS), 1));
        }
        assertThat(day.domains()).hasSize(DayReport.MOST_DOMAINS);
    }

    @Test
    void theSchemaCanFail() throws Exception {
        String good = report(day(1, Samples.bad(D, Samples.STS, TlsResult.VALIDATION_FAILURE, "mx.test"))).json();
        for (String bad : List.of(good.replace("\"report-id\"", "\"id\""), good.replace("validation-failure", "oops"), good.replace("\"failed-session-count\": 1", "\"failed-session-count\": \"1\""),
                good.replace("T00:00:00Z", "T00:00:01Z"), good.replace("203.0.113.58", "nowhere"), good.replace("\"sts\"", "\"STS\""))) {
            assertThat(Schema.errors(bad)).as(bad).isNotEmpty();
        }
    }
}
