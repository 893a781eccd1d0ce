// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.ostler.mail.contracts.Contract.Change;

/**
 * The rules of {@code docs/extending/lookup.md} for versions: a contract that differs from the recorded one has a version that says so.
 *
 * <p>The recordings are in {@code src/test/resources/contracts}, a file for each package, and stand for the last release; {@code release.txt} beside them names it, or the day of the recording that stands for it before the first.
 * With a release {@code mvn -pl bundles/mail-spi -am test -Dtest=ContractVersionsTest -Dsurefire.failIfNoSpecifiedTests=false -Dostler.record.contracts=true} writes them anew, once the versions are right.
 */
class ContractVersionsTest {

    /** The contracts, and the words that they speak. */
    private static final List<Path> CLASSES = List.of(Path.of("target", "classes"), Path.of("..", "mail-model", "target", "classes"));
    private static final Path RECORDED = Path.of("src", "test", "resources", "contracts");
    private static final Path RELEASE = RECORDED.resolve("release.txt");

    @Test
    void a_changed_contract_has_a_version_that_says_so() throws IOException {
        var contracts = new TreeMap<String, Contract>();
        for (Path classes : CLASSES) {
            Map<String, Contract> read = Contract.read(classes);
            assertThat(read).as("contracts in " + classes.toAbsolutePath()).isNotEmpty();
            contracts.putAll(read);
        }
        assertThat(String.join("\n", offences(contracts))).isEmpty();
        if (Boolean.getBoolean("ostler.record.contracts")) {
            record(contracts);
        }
    }

    private static List<String> offences(Map<String, Contract> contracts) throws IOException {
        var offences = new ArrayList<String>();
        try (Stream<Path> files = Files.list(RECORDED)) {
            for (Path file : files.filter(each -> !each.equals(RELEASE)).sorted().toList()) {
                String name = file.getFileName().toString().replaceFirst("\\.txt$", "");
                Contract old = Contract.parse(name, Files.readAllLines(file));
                Contract contract = contracts.get(name);
                if (contract == null) {
                    offences.add(name + " was recorded and is gone: what imports it cannot be used any more; where that is meant, delete " + file);
                } else if (!contract.isRaisedFor(contract.since(old), old)) {
                    offences.add(offence(contract, old, contract.since(old)));
                }
            }
        }
        return offences;
    }

    /** A package that is new has nothing to be compatible with; this takes it in. */
    private static void record(Map<String, Contract> contracts) throws IOException {
        for (Contract contract : contracts.values()) {
            Files.writeString(RECORDED.resolve(contract.name() + ".txt"), contract.text());
        }
    }

    @Test
    void the_recordings_stand_for_something() throws IOException {
        assertThat(Files.readString(RELEASE)).isNotBlank();
        try (Stream<Path> files = Files.list(RECORDED)) {
            assertThat(files).hasSizeGreaterThan(20);
        }
    }

    private static String offence(Contract contract, Contract old, Change change) {
        var gone = new TreeSet<>(old.lines());
        gone.removeAll(contract.lines());
        var added = new TreeSet<>(contract.lines());
        added.removeAll(old.lines());
        return contract.name() + " " + contract.version() + " was recorded as " + old.version() + " and has changed (" + change + "): raise @Version in its package-info.java (docs/extending/lookup.md says by what)\n  gone: " + gone + "\n  added: " + added;
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
