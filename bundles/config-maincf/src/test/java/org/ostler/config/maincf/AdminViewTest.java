// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.ostler.mail.config.Generation;
import org.ostler.mail.log.MailLog;

/** What the view shows; the way back needs a real Configuration Admin and is tested in the container. */
class AdminViewTest {

    @TempDir
    Path dir;

    private final Map<String, Dictionary<String, Object>> shown = new HashMap<>();

    /** What is shown of a row is written back to master.cf when anything in it is changed. */
    @Test
    void a_row_is_shown_with_the_file_that_its_myorigin_names() throws Exception {
        Path mailname = Files.writeString(dir.resolve("mailname"), "example.net\n");
        Files.writeString(dir.resolve("main.cf"), "compatibility_level = 3.11\nmyhostname = mx.example.org\n");
        Files.writeString(dir.resolve("master.cf"), "pickup unix n - n 60 1 pickup\n    -o myorigin=" + mailname + "\n");
        Loaded loaded = ConfigurationFiles.load(dir, List.of());
        var generation = new Generation(1, dir, loaded.settings(), loaded.rows());
        new AdminView(admin(), MailLog.of("postfix/master"), changes -> List.of()).publish(generation, loaded.written(), List.of());
        assertThat(shown.get("pickup/unix").get("myorigin")).isEqualTo(mailname.toString());
        assertThat(generation.settings(generation.rows().getFirst()).text("myorigin")).isEqualTo("example.net");
    }

    /** Has nothing yet, and takes what it is given. */
    private ConfigurationAdmin admin() {
        return proxy(ConfigurationAdmin.class, (method, arguments) -> switch (method) {
            case "getConfiguration" -> configuration((String) arguments[0]);
            case "getFactoryConfiguration" -> configuration((String) arguments[1]);
            default -> null;
        });
    }

    private Configuration configuration(String name) {
        return proxy(Configuration.class, (method, arguments) -> switch (method) {
            case "getPid" -> name;
            case "updateIfDifferent" -> {
                shown.put(name, AdminViewTest.<Dictionary<String, Object>>as(arguments[0]));
                yield true;
            }
            default -> null;
        });
    }

    @SuppressWarnings("unchecked")
    private static <T> T as(Object value) {
        return (T) value;
    }

    private interface Answer {
        Object to(String method, Object[] arguments);
    }

    private static <T> T proxy(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> answer.to(method.getName(), arguments)));
    }
}
