// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.tck.lookup.Specs;

/** Servers that prove nothing say nothing about commands, files and users. */
class ProtectionTest {

    @TempDir
    Path dir;

    @ParameterizedTest
    @CsvSource({"tcp,127.0.0.1:1", "socketmap,inet:127.0.0.1:1:x", "memcache,mc.cf"})
    void refused_where_security_sensitive_and_nowhere_else(String type, String name) throws Exception {
        Files.writeString(dir.resolve("mc.cf"), "memcache = inet:127.0.0.1:1\n");
        TableFactory factory = switch (type) {
            case "tcp" -> new TcpFactory();
            case "socketmap" -> new SocketmapFactory();
            default -> new MemcacheFactory();
        };
        TableSpec spec = Specs.of(type, name, dir, _ -> { });
        assertThatThrownBy(() -> factory.open(spec.with(Protection.SECURITY_SENSITIVE))).isInstanceOf(TableOpenException.class)
                .hasMessage(type + ":" + name + " map is not allowed for security" + (type.equals("tcp") ? " " : "-") + "sensitive data");
        for (Protection less : new Protection[] {Protection.NONE, Protection.NO_SUBSTITUTION}) {
            try (Table table = factory.open(spec.with(less))) {
                assertThat(table).isNotNull();
            }
        }
    }
}
