// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.ostler.mail.contracts.Contract.Change;

/**
 * The rules of {@code docs/extending/lookup.md} for versions: a contract that differs from the recorded one has a version that says so.
 *
 * <p>The recordings are in {@code src/test/resources/contracts}, a file for each package, and stand for the last release.
 * {@code mvn -pl bundles/mail-spi -am test -Dtest=ContractVersionsTest -Dsurefire.failIfNoSpecifiedTests=false -Dostler.record.contracts=true} writes them anew.
 * {@code release.txt} beside them names that release; while it says "none" nobody depends on a contract yet, and differences are printed only.
 */
class ContractVersionsTest {

    private static final Path CLASSES = Path.of("target", "classes");
    private static final Path RECORDED = Path.of("src", "test", "resources", "contracts");

    @Test
    void a_changed_contract_has_a_version_that_says_so() throws IOException {
        Map<String, Contract> contracts = Contract.read(CLASSES);
        assertThat(contracts).as("contracts in " + CLASSES.toAbsolutePath()).isNotEmpty();
        if (Boolean.getBoolean("ostler.record.contracts")) {
            record(contracts);
        }
        var offences = new ArrayList<String>();
        for (Contract contract : contracts.values()) {
            Path file = RECORDED.resolve(contract.name() + ".txt");
            // A package that is new has nothing to be compatible with; the next recording takes it in.
            if (Files.exists(file)) {
                Contract old = Contract.parse(contract.name(), Files.readAllLines(file));
                Change change = contract.since(old);
                if (!contract.isRaisedFor(change, old)) {
                    offences.add(offence(contract, old, change));
                }
            }
        }
        if (Files.readString(RECORDED.resolve("release.txt")).strip().equals("none")) {
            offences.forEach(System.out::println);
        } else {
            assertThat(String.join("\n", offences)).isEmpty();
        }
    }

    private static void record(Map<String, Contract> contracts) throws IOException {
        Files.createDirectories(RECORDED);
        for (Contract contract : contracts.values()) {
            Files.writeString(RECORDED.resolve(contract.name() + ".txt"), contract.text());
        }
    }

    private static String offence(Contract contract, Contract old, Change change) {
        var gone = new TreeSet<>(old.lines());
        gone.removeAll(contract.lines());
        var added = new TreeSet<>(contract.lines());
        added.removeAll(old.lines());
        return contract.name() + " " + contract.version() + " was recorded as " + old.version() + " and has changed (" + change + "): raise @Version in its package-info.java, or, "
                + "where nothing was released since, record anew (see the Javadoc of this test)\n  gone: " + gone + "\n  added: " + added;
    }

    @Test
    void what_is_gone_is_major_what_is_new_is_minor() {
        Contract old = contract("1.1.0", "type Table interface consumer", "Table.find(String)Answer abstract", "type Answer class");
        assertThat(contract("1.1.0", "type Table interface consumer", "Table.find(String)Answer abstract", "type Answer class").since(old)).isEqualTo(Change.NONE);
        assertThat(contract("1.1.0", "type Table interface consumer", "Table.find(String)Answer abstract").since(old)).isEqualTo(Change.MAJOR);
        assertThat(contract("1.1.0", "type Table interface consumer", "Table.find(String)Answer abstract", "type Answer class", "Answer.text()String").since(old)).isEqualTo(Change.MINOR);
    }

    @Test
    void a_method_that_every_plugin_would_have_to_write_is_major() {
        Contract old = contract("1.1.0", "type Table interface consumer", "type Dns interface");
        assertThat(contract("1.1.0", "type Table interface consumer", "type Dns interface", "Table.size()long abstract").since(old)).isEqualTo(Change.MAJOR);
        assertThat(contract("1.1.0", "type Table interface consumer", "type Dns interface", "Table.size()long").since(old)).isEqualTo(Change.MINOR);
        assertThat(contract("1.1.0", "type Table interface consumer", "type Dns interface", "Dns.tlsa(String)DnsAnswer abstract").since(old)).isEqualTo(Change.MINOR);
    }

    @Test
    void the_version_is_raised_in_the_place_that_the_change_asks_for() {
        Contract old = contract("1.1.0");
        assertThat(contract("1.1.0").isRaisedFor(Change.NONE, old)).isTrue();
        assertThat(contract("1.1.1").isRaisedFor(Change.MINOR, old)).isFalse();
        assertThat(contract("1.2.0").isRaisedFor(Change.MINOR, old)).isTrue();
        assertThat(contract("1.2.0").isRaisedFor(Change.MAJOR, old)).isFalse();
        assertThat(contract("2.0.0").isRaisedFor(Change.MAJOR, old)).isTrue();
        assertThat(contract("1.0.0").isRaisedFor(Change.NONE, old)).as("never back").isFalse();
    }

    private static Contract contract(String version, String... lines) {
        return new Contract("org.example", version, new TreeSet<>(Set.of(lines)));
    }
}
