// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.util.List;
import org.ostler.mail.access.AccessPolicy;
import org.ostler.mail.access.AccessSession;
import org.ostler.mail.access.ClientInfo;
import org.ostler.mail.access.Verdict;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Reply;

/** Knows the users of {@code local_recipient_maps = inline:...} in mydestination; has nothing against anything else. Tests override what they need. */
class FakeAccess implements AccessPolicy {

    @Override
    public AccessSession open(ClientInfo client, Settings settings) {
        return new Yes(settings);
    }

    static Verdict refuse(int code, String status, String text) {
        Reply reply = Reply.of(code, status, text);
        return new Verdict.Refuse(reply, reply.toString(), code == 421);
    }

    static class Yes implements AccessSession {
        private final Settings settings;

        Yes(Settings settings) {
            this.settings = settings;
        }

        private Verdict known(Address address) {
            String maps = settings.text("local_recipient_maps");
            boolean local = address.domain().equalsIgnoreCase(settings.text("mydestination")) && maps.startsWith("inline:");
            return !local || maps.contains("{" + address.localPart().toLowerCase(java.util.Locale.ROOT) + "=x}") ? Verdict.OK
                    : refuse(550, "5.1.1", "<" + address.text() + ">: Recipient address rejected: User unknown in local recipient table");
        }

        @Override
        public Verdict connect() {
            return Verdict.OK;
        }

        @Override
        public Verdict helo(String name) {
            return Verdict.OK;
        }

        @Override
        public Verdict mail(Address sender, long declaredSize) {
            return Verdict.OK;
        }

        @Override
        public Verdict rcpt(Address recipient) {
            return known(recipient);
        }

        @Override
        public Verdict data() {
            return Verdict.OK;
        }

        @Override
        public Verdict endOfData(long size) {
            return Verdict.OK;
        }

        @Override
        public Verdict etrn(String domain) {
            return Verdict.OK;
        }

        @Override
        public Verdict vrfy(Address recipient) {
            return known(recipient);
        }

        @Override
        public void reset() {}

        @Override
        public void forgetHelo() {}

        @Override
        public void resume(List<Action> collected) {}

        @Override
        public void client(ClientInfo client) {}

        @Override
        public void attribute(String name, String value) {}

        @Override
        public List<Action> actions() {
            return List.of();
        }
    }
}
