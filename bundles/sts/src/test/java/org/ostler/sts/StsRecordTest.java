// SPDX-License-Identifier: Apache-2.0
package org.ostler.sts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 8461 section 3.1. */
class StsRecordTest {

    @ParameterizedTest
    @ValueSource(strings = {"v=STSv1; id=20160831085700Z;", "v=STSv1;id=20160831085700Z", "v=STSv1 ; id=20160831085700Z ; ", "v=STSv1;\tid=20160831085700Z;",
        "v=STSv1; x-new.field_1=a:b/c; id=20160831085700Z", "v=STSv1; id=20160831085700Z; id=second"})
    void recordsOfTheGrammarHaveAnId(String text) {
        assertThat(StsRecord.of(List.of(text))).contains(new StsRecord("20160831085700Z"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"v=STSv1", "v=STSv1;", "v=STSv1; id=", "v=STSv1; id=with-dash", "v=STSv1; id=a b", "v=STSv1; id=012345678901234567890123456789012", "v=STSv1; other=1",
        "v=STSv2; id=1", "v=stsv1; id=1", " v=STSv1; id=1", "id=1; v=STSv1", "v=STSv1; ID=1", "v=STSv1;; id=1", "v=STSv1; id=1; bad field", "v=STSv1; id=1; -x=2", "v=STSv1; id=1; x=a=b", "", ";"})
    void everythingElseIsNoPolicy(String text) {
        assertThat(StsRecord.of(List.of(text))).isEmpty();
    }

    @Test
    void recordsOfOthersDoNotCountAndTwoOfOursAreNone() {
        assertThat(StsRecord.of(List.of("v=spf1 -all", "v=STSv1; id=1", "v=STSv10; id=2"))).contains(new StsRecord("1"));
        assertThat(StsRecord.of(List.of("v=STSv1; id=1", "v=STSv1; id=2"))).isEmpty();
        assertThat(StsRecord.of(List.of("v=STSv1; id=1", "v=STSv1; broken"))).isEmpty();
        assertThat(StsRecord.of(List.of())).isEmpty();
    }

    @Test
    void aHugeRecordIsReadInLittleTime() {
        String filler = String.join("", Stream.generate(() -> " ").limit(60_000).toList());
        assertThat(StsRecord.of(List.of("v=STSv1;" + filler + "id=1"))).contains(new StsRecord("1"));
        assertThat(StsRecord.of(List.of("v=STSv1; id=1" + filler + "x"))).isEmpty();
    }
}
