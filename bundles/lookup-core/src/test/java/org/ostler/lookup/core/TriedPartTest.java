// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.TableStatistics.Source;
import org.ostler.mail.lookup.spi.TableOpenException;

/** A table that tries another when it is opened, as {@code memcache:} does with its backup, and asks it later. */
class TriedPartTest extends TextTableRig {

    private Path part;

    @BeforeEach
    void a_type_that_tries() throws Exception {
        part = Files.writeString(dir.resolve("part"), "a 1\nnonsense\n");
        registry.bind(spec -> {
            List<String> wrong = spec.tables().check(spec.name(), spec.text());
            if (!wrong.isEmpty()) {
                throw new TableOpenException(String.join("; ", wrong));
            }
            TableList inner = spec.tables().open(spec.name(), spec.text());
            return inner::find;
        }, new Source("test", "1"), List.of("trying"), 1);
    }

    @Test
    void what_there_is_to_warn_of_is_said_once() {
        assertThat(handles.open("trying:text:" + part, "m").find("a")).isEqualTo(A);
        assertThat(warnings).singleElement().asString().contains(part.toString());
    }

    @Test
    void a_check_of_the_whole_says_it_too() {
        assertThat(handles.check("trying:text:" + part, "m")).isEmpty();
        assertThat(warnings).singleElement().asString().contains(part.toString());
    }

    @Test
    void what_is_wrong_is_found() throws Exception {
        Files.delete(part);
        assertThat(handles.open("trying:text:" + part, "m").find("a").toString()).contains("No such file");
    }
}
