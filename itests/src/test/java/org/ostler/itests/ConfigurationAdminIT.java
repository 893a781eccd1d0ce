// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.Hashtable;
import javax.inject.Inject;
import org.junit.Before;
import org.junit.Test;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** Other programs see the configuration in Configuration Admin; what they change there is in the file and in force, or refused. */
public class ConfigurationAdminIT extends ContainerTest {

    private static final String MAIN = "org.ostler.main";
    private static final String ROW = "org.ostler.row";

    @Inject
    private ConfigurationAdmin admin;

    @Inject
    private org.ostler.mail.config.Configuration running;

    private Path mainCf;
    private Path masterCf;

    @Before
    public void files() {
        mainCf = running.current().directory().resolve("main.cf");
        masterCf = running.current().directory().resolve("master.cf");
    }

    private Configuration main() throws IOException {
        return admin.getConfiguration(MAIN, "?");
    }

    private Configuration row(String service, String type) throws Exception {
        Configuration[] found = admin.listConfigurations("(&(service.factoryPid=" + ROW + ")(row.service=" + service + ")(row.type=" + type + "))");
        return found == null ? null : found[0];
    }

    private void set(String name, Object value) throws IOException {
        Dictionary<String, Object> properties = main().getProperties();
        if (value == null) {
            properties.remove(name);
        } else {
            properties.put(name, value);
        }
        main().update(properties);
    }

    @Test
    public void every_setting_and_every_row_is_there() throws Exception {
        Dictionary<String, Object> shown = main().getProperties();
        assertEquals("mx.example.test", shown.get("myhostname"));
        assertEquals("a default, expanded", "mx.example.test ESMTP Postfix", shown.get("smtpd_banner"));
        assertNotNull("a parameter of our own", shown.get("dns_deadline"));
        assertEquals(running.current().rows().size(), admin.listConfigurations("(service.factoryPid=" + ROW + ")").length);
        Configuration submission = Arrays.stream(admin.listConfigurations("(row.command=smtpd)")).filter(each -> each.getProperties().get("syslog_name") != null).findFirst().orElseThrow();
        assertEquals("postfix/submission", submission.getProperties().get("syslog_name"));
    }

    @Test
    public void a_change_is_written_to_main_cf_and_in_force_and_so_is_its_end() throws Exception {
        String before = Files.readString(mainCf);
        set("smtp_helo_timeout", "123s");
        assertEquals("123s", running.current().main().text("smtp_helo_timeout"));
        assertEquals(before + "smtp_helo_timeout = 123s\n", Files.readString(mainCf));
        assertEquals("123s", main().getProperties().get("smtp_helo_timeout"));
        set("smtp_helo_timeout", null);
        assertEquals(before, Files.readString(mainCf));
        assertEquals("the default is back", "300s", main().getProperties().get("smtp_helo_timeout"));
    }

    @Test
    public void a_bad_change_is_refused_and_what_is_in_force_is_shown_again() throws Exception {
        String before = Files.readString(mainCf);
        long generation = running.current().number();
        set("smtpd_recipient_limit", "many");
        assertEquals("1000", main().getProperties().get("smtpd_recipient_limit"));
        main().delete();
        assertEquals("mx.example.test", main().getProperties().get("myhostname"));
        assertEquals(before, Files.readString(mainCf));
        assertEquals(generation, running.current().number());
    }

    @Test
    public void rows_come_change_and_go() throws Exception {
        String before = Files.readString(masterCf);
        var slow = new Hashtable<String, Object>();
        slow.put("row.service", "slow");
        slow.put("row.type", "unix");
        slow.put("row.command", "smtp");
        slow.put("smtp_helo_timeout", "7s");
        admin.createFactoryConfiguration(ROW, "?").update(slow);
        assertTrue(Files.readString(masterCf).startsWith(before));
        assertEquals("7s", running.current().settings(running.current().row("slow", "unix").orElseThrow()).text("smtp_helo_timeout"));

        Dictionary<String, Object> changed = row("slow", "unix").getProperties();
        changed.put("smtp_helo_timeout", "9s");
        changed.put("row.maxproc", "3");
        row("slow", "unix").update(changed);
        assertEquals(3, running.current().row("slow", "unix").orElseThrow().maxproc().orElseThrow());

        changed.put("row.maxproc", "three");
        row("slow", "unix").update(changed);
        assertEquals("3", row("slow", "unix").getProperties().get("row.maxproc"));

        row("slow", "unix").delete();
        assertNull(row("slow", "unix"));
        assertFalse(running.current().row("slow", "unix").isPresent());
        assertEquals(before, Files.readString(masterCf));
    }

    @Test
    public void a_reload_of_edited_files_is_shown() throws Exception {
        String before = Files.readString(mainCf);
        Files.writeString(mainCf, before + "always_bcc = archive@example.test\n");
        assertEquals("", main().getProperties().get("always_bcc"));
        assertTrue(running.reload().isEmpty());
        assertEquals("archive@example.test", main().getProperties().get("always_bcc"));
        Files.writeString(mainCf, before);
        assertTrue(running.reload().isEmpty());
        assertEquals("", main().getProperties().get("always_bcc"));
    }
}
