// SPDX-License-Identifier: Apache-2.0
package org.ostler.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.ostler.mail.config.LogicalLines;
import org.ostler.mail.lookup.AddressKeys;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.model.Address;
import org.ostler.mailbox.MailboxException;

/**
 * Expands a local name through {@code alias_maps} until only users and addresses are left.
 *
 * <p>Each alias is expanded once; a name that comes up inside its own expansion means the user of that name. Bounded: at most {@value #MOST} targets, {@value #DEEPEST} levels,
 * {@value #INCLUDE_BYTES} bytes of an include file. Used by one thread for one recipient.
 *
 * <p><b>Errors</b> {@link MailboxException}: a table or file that cannot be read defers, as do commands and files, which come with a later issue.
 */
final class Aliases {

    static final int MOST = 10_000;
    static final int DEEPEST = 50;
    static final int INCLUDE_BYTES = 1 << 20;

    /**
     * What a name stands for.
     *
     * @param users     names delivered to a mailbox
     * @param addresses mail addresses to be sent to
     * @param owner     the first alias on the way that has an owner-name; its mail is sent in the owner's name
     */
    record Targets(Set<String> users, Set<Address> addresses, Optional<String> owner) {}

    /** Whether an address belongs to this transport, so that its local part is expanded here. */
    @FunctionalInterface
    interface Locality {
        boolean isLocal(Address address) throws MailboxException;
    }

    private final TableList aliases;
    private final Locality here;
    /** Domain of names without one: with another machine's name, as on a machine that sends all its mail to a hub, they are users there. */
    private final String origin;
    private final Set<String> visited = new HashSet<>();
    private final Set<String> users = new LinkedHashSet<>();
    private final Set<Address> addresses = new LinkedHashSet<>();
    private Optional<String> owner = Optional.empty();

    Aliases(TableList aliases, String origin, Locality here) {
        this.aliases = aliases;
        this.origin = origin;
        this.here = here;
    }

    /** Nothing where the name is no alias. */
    Optional<Targets> expand(String name) throws MailboxException {
        Optional<String> value = find(name);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        alias(name, value.get(), 0);
        return Optional.of(new Targets(users, addresses, owner));
    }

    /** Names that need quotes stand in their quoted form, as postalias writes them; older tables have them without. */
    private Optional<String> find(String name) throws MailboxException {
        String quoted = AddressKeys.quote(name);
        Optional<String> value = findKey(quoted);
        return value.isPresent() || quoted.equals(name) ? value : findKey(name);
    }

    private Optional<String> findKey(String name) throws MailboxException {
        return switch (aliases.find(name.toLowerCase(Locale.ROOT))) {
            case Answer.Found(String value) -> Optional.of(value);
            case Answer.NotFound _ -> Optional.empty();
            case Answer.Unavailable(String _) -> throw new MailboxException("4.3.0", "alias database unavailable");
        };
    }

    private void alias(String name, String value, int depth) throws MailboxException {
        visited.add(name.toLowerCase(Locale.ROOT));
        if (owner.isEmpty() && !name.toLowerCase(Locale.ROOT).startsWith("owner-") && find("owner-" + name).isPresent()) {
            owner = Optional.of("owner-" + name);
        }
        targets(name, value, depth);
    }

    private void targets(String alias, String text, int depth) throws MailboxException {
        if (depth > DEEPEST) {
            throw new MailboxException("5.4.6", "possible alias database loop for " + alias);
        }
        for (AliasValue value : AliasValue.parse(text)) {
            switch (value) {
                case AliasValue.Name(String name, boolean direct) -> name(name, direct, depth);
                case AliasValue.Include(String file) -> targets(alias, include(file), depth + 1);
                case AliasValue.Command _ -> throw new MailboxException("4.3.5", "alias " + alias + ": delivery to commands is not supported yet");
                case AliasValue.File _ -> throw new MailboxException("4.3.5", "alias " + alias + ": delivery to files is not supported yet");
            }
            if (users.size() + addresses.size() > MOST) {
                throw new MailboxException("4.3.5", "alias " + alias + ": more than " + MOST + " targets");
            }
        }
    }

    private void name(String text, boolean direct, int depth) throws MailboxException {
        Address quoted = Address.of(text);
        Address address = quoted.withLocalPart(AliasValue.unquote(quoted.localPart()));
        // A backslash asks for the mailbox here.
        Address complete = address.hasDomain() || direct ? address : address.withDomain(origin);
        if (complete.hasDomain() && !here.isLocal(complete)) {
            addresses.add(complete);
            return;
        }
        String name = address.localPart();
        Optional<String> value = direct || visited.contains(name.toLowerCase(Locale.ROOT)) ? Optional.empty() : find(name);
        if (value.isPresent()) {
            alias(name, value.get(), depth + 1);
        } else {
            users.add(name);
        }
    }

    private static String include(String file) throws MailboxException {
        try (var in = Files.newInputStream(Path.of(file))) {
            byte[] bytes = in.readNBytes(INCLUDE_BYTES + 1);
            if (bytes.length > INCLUDE_BYTES) {
                throw new MailboxException("4.3.5", "include file " + file + " is larger than " + INCLUDE_BYTES + " bytes");
            }
            List<LogicalLines.Line> lines = LogicalLines.of(new String(bytes, StandardCharsets.UTF_8));
            return String.join("\n", lines.stream().map(LogicalLines.Line::text).toList());
        } catch (IOException e) {
            throw new MailboxException("4.3.5", "cannot open include file " + file + ": " + e.getMessage(), e);
        }
    }
}
