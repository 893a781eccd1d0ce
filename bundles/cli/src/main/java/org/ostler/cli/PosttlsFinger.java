// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.ostler.cli.finger.FingerJson;
import org.ostler.cli.finger.FingerOptions;
import org.ostler.cli.finger.FingerOptions.Given;
import org.ostler.cli.finger.FingerTeller;
import org.ostler.cli.finger.FingerText;
import org.ostler.cli.finger.PlainWiring;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.log.Severity;
import org.ostler.mail.tls.CertificateDigest;
import org.ostler.smtp.client.Finger;

/**
 * posttls-finger(1): shows the TLS policy for a destination, its TLSA records, the certificates of the server and what they prove; mail is not sent, and no running server is needed.
 *
 * <p><b>Exit status</b> as there: 0, and 1 where nothing was tried for a mistake in the command line. With {@code -j} also 2, TLS was not as the policy asks for, so mail would wait; and 75, no session came about.
 *
 * <p><b>See also</b> {@link Finger}; posttls-finger(1).
 */
final class PosttlsFinger {

    private static final String USAGE = "usage: posttls-finger [-acCefjRSvw] [-t conn_tmout] [-T cmd_tmout] [-L logopts] [-h host_lookup] [-l level] [-d mdalg] [-g grade] [-p protocols]"
            + " [-A tafile] [-F CAfile.pem] [-P CApath/] [-s servername] [ [-H chainfiles] | [-k certfile [-K keyfile]] ] [-m count] [-r delay] [-M insecure_mx_policy] [-o name=value]"
            + " destination [match ...]";
    private static final int UNSATISFIED = 2;
    private static final int NO_SESSION = 75;

    private final Terminal terminal;
    private final List<Given> given;
    private final List<String> operands;

    private PosttlsFinger(Terminal terminal, GetOpt parsed) {
        this.terminal = terminal;
        this.given = parsed.options().stream().map(option -> new Given(option.letter(), option.value())).toList();
        this.operands = parsed.operands();
    }

    static int run(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        GetOpt parsed = GetOpt.parse(terminal, "a:A:cCd:efF:g:h:H:jk:K:l:L:m:M:o:p:P:r:Rs:St:T:vwxX", USAGE, true, arguments);
        if (parsed.operands().isEmpty()) {
            terminal.err().print(USAGE + "\n");
            return 1;
        }
        try {
            return new PosttlsFinger(terminal, parsed).run();
        } catch (FingerOptions.Wrong | IllegalArgumentException e) {
            throw new Terminal.Fatal(e.getMessage());
        }
    }

    private boolean has(char letter) {
        return given.stream().anyMatch(option -> option.letter() == letter);
    }

    private int run() throws Terminal.Fatal, FingerOptions.Wrong {
        int delay = FingerOptions.number(given, 'r', 0);
        int most = FingerOptions.number(given, 'm', 5);
        if (has('X') && has('r')) {
            throw new Terminal.Fatal("The -X and -r options are mutually exclusive");
        }
        FingerOptions options = FingerOptions.of(given, operands.subList(1, operands.size()), this::early);
        Instance instance = Instance.open("");
        Settings settings = instance.settings().with(options.parameters());
        if (has('R')) {
            settings = settings.with(Map.of("use_srv_lookup", FingerOptions.service(operands.getFirst(), options.lmtp(), settings)));
        }
        String prefix = options.lmtp() ? "lmtp" : "smtp";
        String digest = options.digest().isEmpty() ? settings.text(prefix + "_tls_fingerprint_digest") : options.digest();
        if (!CertificateDigest.isKnown(digest)) {
            throw new Terminal.Fatal("Digest algorithm \"" + digest + "\" not found");
        }
        FingerTeller teller = has('j') ? new FingerJson(terminal.out(), operands.getFirst(), options.lmtp(), digest)
                : new FingerText(terminal.name(), terminal.out(), new FingerText.Wish(operands.getFirst(), !has('c'), has('C'), has('v'), isDaneOnly(), options.logging(), digest));
        MailLog.attach((_, severity, _, text) -> {
            if (severity == Severity.INFO) {
                teller.info(text);
            } else {
                teller.warning(text);
            }
        });
        if (options.logging().contains("ssl-debug") || options.logging().contains("dump")) {
            // Read once, by the first handshake. On standard error, in the words of the JDK.
            System.setProperty("javax.net.debug", options.logging().contains("dump") ? "ssl,handshake,packet" : "ssl,handshake");
        }
        Finger.Services services = PlainWiring.services(settings, instance.directory(), options.effective(), teller.dns(), teller::warning);
        var finger = new Finger(services, new Finger.Request(operands.getFirst(), options.lmtp(), settings, options.dane()), teller);
        Finger.Outcome outcome = again(finger, finger.first(), delay, most, teller);
        teller.end();
        return status(outcome);
    }

    private boolean isDaneOnly() {
        return given.stream().anyMatch(option -> option.letter() == 'l' && option.value().equalsIgnoreCase("dane-only"));
    }

    /** Before anybody tells. */
    private void early(String warning) {
        terminal.out().print(terminal.name() + ": warning: " + warning + "\n");
    }

    private int status(Finger.Outcome outcome) {
        if (!outcome.readable()) {
            return 1;
        }
        return !has('j') || outcome.satisfied() ? 0 : outcome.connected() ? UNSATISFIED : NO_SESSION;
    }

    /** Sessions that may resume the one before; the server behind a balancer may be another each time. */
    private static Finger.Outcome again(Finger finger, Finger.Outcome first, int delay, int most, FingerTeller teller) {
        Finger.Outcome last = first;
        Set<String> seen = new HashSet<>();
        for (int pass = 0; delay > 0 && last.connected() && last.encrypted(); pass++) {
            if (last.resumed()) {
                teller.info("Found a previously used server.  Done reconnecting.");
                break;
            }
            if (pass > 0 && !seen.add(last.hello())) {
                teller.info("Server declined session caching. Done reconnecting.");
                break;
            }
            seen.add(last.hello());
            if (pass > most) {
                teller.info("Maximum reconnect count reached.");
                break;
            }
            teller.info("Reconnecting after " + delay + " seconds");
            teller.nextPass();
            LockSupport.parkNanos(Duration.ofSeconds(delay).toNanos());
            last = finger.again();
        }
        return last;
    }
}
