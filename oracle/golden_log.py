"""maillog lines, event by event."""
import os
import re
import subprocess
import time

from golden import Bench, Peer, settings_text, write
from golden_bounce import REFUSE, ROUTES, TEXT

FILES = os.path.abspath(os.path.join(os.path.dirname(__file__), "../bundles/mail-spi-tck/src/main/resources/conversations/files"))


def lines(b):
    """The log without time, host and process id; what differs from run to run as words."""
    out = []
    for line in b.postfix.log.read_text(errors="surrogateescape").splitlines():
        line = re.sub(r"^\w{3} +\d+ [\d:]{8} \S+ ", "", line)
        line = re.sub(r"^(\S+?)\[\d+\]", r"\1[pid]", line)
        line = re.sub(r"delay=[\d.]+", "delay=seconds", line)
        line = re.sub(r"delays=[\d./]+", "delays=delays", line)
        line = re.sub(r"pid=\d+", "pid=pid", line)
        line = re.sub(r"max connection (rate|count) \d+(/60s)?", r"max connection \1 number\2", line)
        line = re.sub(r" at \w{3} +\d+ [\d:]{8}", " at time", line)
        line = re.sub(r"\b[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10}z[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]+(?=[: ])", "long-queue-id", line)
        line = b.clean(line)
        if "daemon started" not in line and "statistics:" not in line and "postfix-script" not in line:
            out.append(line)
    # start()'s own look at the port
    return out


def probe_free(found):
    """Drops the lines of the connection by which start() looked whether the port answers."""
    for what in (": connect from", ": NOQUEUE: lost connection after CONNECT", "commands=0/0"):
        at = next((i for i, line in enumerate(found) if what in line), None)
        if at is not None:
            del found[at]
    return found


def case(prefix, name, events, act, settings=None, replies=None, rows=(), peer=None):
    with Bench(prefix, {**ROUTES, **(settings or {})}, peer or Peer(replies=replies or REFUSE), rows) as b:
        for d in ("boxes", "spool"):
            (b.postfix.root / d).mkdir(exist_ok=True)
            os.chmod(b.postfix.root / d, 0o1777)
        act(b)
        b.settle(0.4)
        time.sleep(0.2)
        sections = [("settings", settings_text(settings).replace(FILES, "{dir}"))] if settings else []
        write("log", name, [*sections, ("events", events), ("log", "\n".join(probe_free(lines(b))))])


def send(mail="<sender@example.org>", rcpts=("<good@peer.example>",), text=TEXT, helo="EHLO client.example.test"):
    return lambda b: b.smtp(mail, list(rcpts), text, helo)


def raw(*chunks, end=None):
    def act(b):
        import socket
        with socket.create_connection(("127.0.0.1", b.postfix.port)) as s:
            s.recv(500)
            for c in chunks:
                s.sendall(c)
                time.sleep(0.15)
            if end:
                time.sleep(end)
    return act


def twice(first, *commands):
    """Sends, then runs commands on the one message that stays in the queue (its id for ID)."""
    def act(b):
        first(b)
        b.settle(0.4)
        for c in commands:
            ids = b.postfix.ids("deferred", "hold")
            words = [ids[0] if w == "ID" and ids else w for w in c.split()]
            b.postfix.run(words[0], *words[1:])
            time.sleep(0.4)
            b.settle(0.4)
    return act


def sendmail(args, text, command="sendmail"):
    def act(b):
        subprocess.run([b.postfix.command(command), "-C", str(b.postfix.etc), *args], input=text.encode(), capture_output=True,
                       env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MAIL_CONFIG": str(b.postfix.etc)}, timeout=30)
        b.settle(0.3)
    return act


E = "EHLO client.example.test\r\n"
M = "MAIL FROM:<sender@example.org>\r\n"
R = "RCPT TO:<good@peer.example>\r\n"


def record(prefix):
    case(prefix, "relayed", "one message, one recipient, relayed", send())
    case(prefix, "relayed-two-recipients", "one message, two recipients at one host", send(rcpts=["<good@peer.example>", "<two@peer.example>"]))
    case(prefix, "relayed-three-messages", "three messages in a row to one host", lambda b: [send()(b) for _ in range(3)])
    case(prefix, "relayed-after-alias", "recipient replaced by virtual_alias_maps", send(rcpts=["<bob@example.test>"]),
         {"virtual_alias_maps": "inline:{{bob@example.test=good@peer.example}}"})
    case(prefix, "maildir", "virtual(8) to Maildir", send(rcpts=["<known@box.example>"]))
    case(prefix, "mbox", "virtual(8) to mbox", send(rcpts=["<bob@box.example>"]), {"virtual_mailbox_maps": "inline:{{bob@box.example=bob-mbox}}"})
    case(prefix, "mailbox-unknown-user", "virtual(8): no such mailbox", send(rcpts=["<nobody@box.example>"]))
    case(prefix, "mailbox-trouble", "virtual(8): the Maildir cannot be made", send(rcpts=["<known@box.example>"]), {"virtual_mailbox_base": "/proc/none"})
    case(prefix, "mailbox-full", "virtual(8): mbox over virtual_mailbox_limit", lambda b: [send(rcpts=["<bob@box.example>"], text=TEXT + ("x" * 60 + "\n") * 30)(b) for _ in range(2)],
         {"virtual_mailbox_maps": "inline:{{bob@box.example=bob-mbox}}", "virtual_mailbox_limit": "4000", "message_size_limit": "3800"})
    local = {"mydestination": "example.test, mx.example.test", "mail_spool_directory": "{root}/spool", "alias_maps": "inline:{{player=games} {team=games, known@box.example}}"}
    case(prefix, "local-mbox", "local(8) to mbox", send(rcpts=["<games@example.test>"]), local)
    case(prefix, "local-alias", "local(8), alias to a user", send(rcpts=["<player@example.test>"]), local)
    case(prefix, "local-alias-list", "local(8), alias to two", send(rcpts=["<team@example.test>"]), local)
    case(prefix, "local-unknown-user", "local(8), no such user", send(rcpts=["<no-such-user@example.test>"]), local)
    case(prefix, "discarded", "discard(8)", send(rcpts=["<x@discard.example>"]))
    case(prefix, "error", "error(8)", send(rcpts=["<x@gone.example>"]))
    case(prefix, "retry", "retry(8)", send(rcpts=["<x@later.example>"]))
    case(prefix, "bounced", "next host refuses the recipient", send(rcpts=["<unknown@peer.example>"]))
    case(prefix, "bounced-multiline", "next host refuses with three lines", send(rcpts=["<many@peer.example>"]))
    case(prefix, "bounced-null-sender", "bounce of a bounce", send("<>", ["<unknown@peer.example>"]))
    case(prefix, "bounced-double", "bounce to a sender that bounces", send("<unknown@peer.example>", ["<x@gone.example>"]))
    case(prefix, "deferred-recipient", "next host says 451 to the recipient", send(rcpts=["<slow@peer.example>"]))
    case(prefix, "deferred-connection-refused", "nothing listens at the next host", send(rcpts=["<x@nowhere.example>"]))
    case(prefix, "deferred-at-end-of-data", "next host says 452 to the text", send(), replies={"END": "452 4.3.1 disk full"})
    case(prefix, "bounced-at-end-of-data", "next host says 554 to the text", send(), replies={"END": "554 5.7.1 spam"})
    case(prefix, "deferred-at-mail", "next host says 450 to MAIL", send(), replies={"MAIL FROM:<sender": "450 4.7.1 greylisted"})
    case(prefix, "bounced-at-mail", "next host says 550 to MAIL", send(), replies={"MAIL FROM:<sender": "550 5.7.1 not you"})
    case(prefix, "deferred-at-ehlo", "next host says 421 to EHLO", send(), replies={"EHLO": "421 4.3.2 closing"})
    case(prefix, "deferred-transport", "defer_transports = smtp", send(), {"defer_transports": "smtp"})
    case(prefix, "deferred-then-flushed-by-id", "deferred, then postqueue -i", twice(send(rcpts=["<slow@peer.example>"]), "postqueue -i ID"))
    case(prefix, "deferred-then-flushed", "deferred, then postqueue -f", twice(send(rcpts=["<slow@peer.example>"]), "postqueue -f"))
    case(prefix, "expired", "maximal_queue_lifetime = 0", send(rcpts=["<slow@peer.example>"]), {"maximal_queue_lifetime": "0", "bounce_queue_lifetime": "0"})
    case(prefix, "delay-warning", "delay_warning_time = 1s, second attempt", lambda b: (send(rcpts=["<slow@peer.example>"])(b), time.sleep(2.2), b.postfix.run("postqueue", "-f"), time.sleep(0.6)), {"delay_warning_time": "1s"})
    case(prefix, "success-notice", "NOTIFY=SUCCESS to a mailbox", send(rcpts=["<known@box.example> NOTIFY=SUCCESS"]))
    case(prefix, "hold-release", "postsuper -h, -H", twice(send(rcpts=["<slow@peer.example>"]), "postsuper -h ID", "postsuper -H ID"))
    case(prefix, "requeue", "postsuper -r", twice(send(rcpts=["<slow@peer.example>"]), "postsuper -r ID"))
    case(prefix, "delete", "postsuper -d", twice(send(rcpts=["<slow@peer.example>"]), "postsuper -d ID"))
    case(prefix, "hold-by-access", "HOLD by check_recipient_access", send(), {"smtpd_recipient_restrictions": "check_recipient_access inline:{{good@peer.example=HOLD look at this}}"})
    case(prefix, "discard-by-access", "DISCARD by check_recipient_access", send(), {"smtpd_recipient_restrictions": "check_recipient_access inline:{{good@peer.example=DISCARD}}"})
    case(prefix, "warn-info-by-access", "WARN and INFO by check_recipient_access", send(rcpts=["<good@peer.example>", "<two@peer.example>"]),
         {"smtpd_recipient_restrictions": "check_recipient_access inline:{{good@peer.example=WARN look} {two@peer.example=INFO seen}}"})
    case(prefix, "redirect-bcc-prepend-by-access", "REDIRECT, BCC, PREPEND", lambda b: [send(rcpts=[r])(b) for r in ("<a@peer.example>", "<b@peer.example>", "<c@peer.example>")],
         {"smtpd_recipient_restrictions": "check_recipient_access inline:{{a@peer.example=REDIRECT good@peer.example} {b@peer.example=BCC good@peer.example} {c@peer.example=PREPEND X-Y: z}}"})
    x = {"smtpd_authorized_xclient_hosts": "127.0.0.0/8", "smtpd_reject_unlisted_recipient": "yes", "local_recipient_maps": "inline:{bob=x}"}
    pose = b"EHLO client.example.test\r\nXCLIENT NAME=spike.example.com ADDR=192.0.2.99\r\n"
    case(prefix, "reject-relay", "a stranger tries to relay", raw(b"EHLO a\r\n", b"XCLIENT NAME=spike.example.com ADDR=192.0.2.99\r\n", E.encode(), M.encode(), R.encode(), b"QUIT\r\n"), x)
    case(prefix, "reject-unknown-user", "unknown local recipient", raw(E.encode(), M.encode(), b"RCPT TO:<nobody@example.test>\r\n", b"QUIT\r\n"), x)
    case(prefix, "reject-by-access", "REJECT for client, HELO, sender, recipient",
         raw(E.encode(), M.encode(), b"RCPT TO:<bob@example.test>\r\n", b"RSET\r\n", b"MAIL FROM:<bad@example.org>\r\n", b"RCPT TO:<bob@example.test>\r\n", b"QUIT\r\n"),
         {**x, "smtpd_sender_restrictions": "check_sender_access inline:{{bad@example.org=REJECT no}}", "smtpd_recipient_restrictions": "check_recipient_access inline:{{bob@example.test=450 4.7.1 later}}"})
    case(prefix, "reject-client-undelayed", "smtpd_delay_reject = no", raw(E.encode(), M.encode(), b"QUIT\r\n"),
         {**x, "smtpd_delay_reject": "no", "smtpd_client_restrictions": "check_client_access inline:{{127.0.0.1=REJECT no}}"})
    case(prefix, "reject-helo", "reject_invalid_helo_hostname", raw(b"EHLO a..b\r\n", M.encode(), b"RCPT TO:<bob@example.test>\r\n", b"QUIT\r\n"), {**x, "smtpd_helo_restrictions": "reject_invalid_helo_hostname"})
    case(prefix, "reject-size", "SIZE over the limit, text over the limit", raw(E.encode(), b"MAIL FROM:<sender@example.org> SIZE=5000\r\n", M.encode(), R.encode(), b"DATA\r\n", b"Subject: x\r\n\r\n" + b"x" * 70 * 40 + b"\r\n.\r\n", b"QUIT\r\n"), {"message_size_limit": "2000"})
    case(prefix, "reject-bad-commands", "unknown command, bad syntax, bad address", raw(E.encode(), b"FOO\r\n", b"MAIL FROM:<a@@b>\r\n", b"MAIL\r\n", M.encode(), b"RCPT TO:<a@@b>\r\n", b"QUIT\r\n"))
    case(prefix, "reject-too-many-errors", "smtpd_hard_error_limit = 2", raw(E.encode(), b"FOO\r\n", b"FOO\r\n", b"FOO\r\n"), {"smtpd_hard_error_limit": "2"})
    case(prefix, "reject-browser", "GET", raw(b"GET / HTTP/1.0\r\n"))
    case(prefix, "reject-pipelining", "commands behind EHLO", raw((E + M).encode(), b"QUIT\r\n"))
    case(prefix, "reject-bare-newline", "smtpd_forbid_bare_newline = reject", raw(E.encode(), M.encode(), R.encode(), b"DATA\r\n", b"a\nb\r\n.\r\n"), {"smtpd_forbid_bare_newline": "reject", "smtpd_forbid_bare_newline_exclusions": ""})
    case(prefix, "note-bare-newline", "smtpd_forbid_bare_newline = note", raw(E.encode(), M.encode(), R.encode(), b"DATA\r\n", b"a\nb\r\n.\r\n", b"QUIT\r\n"), {"smtpd_forbid_bare_newline": "note", "smtpd_forbid_bare_newline_exclusions": ""})
    case(prefix, "client-vanishes", "after CONNECT, EHLO, MAIL, RCPT, inside DATA, inside BDAT",
         lambda b: [raw(*c)(b) for c in ([], [E.encode()], [E.encode(), M.encode()], [E.encode(), M.encode(), R.encode()], [E.encode(), M.encode(), R.encode(), b"DATA\r\n", b"text\r\n"],
                                         [E.encode(), M.encode(), R.encode(), b"BDAT 100 LAST\r\n", b"text\r\n"])])
    case(prefix, "timeout", "smtpd_timeout = 1s after EHLO and inside DATA", lambda b: [raw(E.encode(), end=1.5)(b), raw(E.encode(), M.encode(), R.encode(), b"DATA\r\n", end=1.5)(b)], {"smtpd_timeout": "1s"})
    case(prefix, "command-summary", "all commands counted", raw(E.encode(), b"NOOP\r\n", b"VRFY a@peer.example\r\n", b"ETRN example.test\r\n", b"HELP\r\n", M.encode(), b"RSET\r\n", M.encode(), R.encode(), b"BDAT 3\r\nabc", b"BDAT 0 LAST\r\n", b"MAIL\r\n", b"FOO\r\n", b"QUIT\r\n"))
    tls = {"smtpd_tls_security_level": "may", "smtpd_tls_cert_file": FILES + "/cert.pem", "smtpd_tls_key_file": FILES + "/key.pem"}
    case(prefix, "starttls", "EHLO, STARTTLS, EHLO, QUIT; smtpd_tls_loglevel = 1", starttls, {**tls, "smtpd_tls_loglevel": "1"})
    case(prefix, "starttls-failed", "clear text where the handshake is expected", raw(E.encode(), b"STARTTLS\r\n", b"EHLO x\r\nNOOP\r\n"), tls)
    case(prefix, "sendmail", "sendmail, one recipient", sendmail(["-f", "sender@example.org", "good@peer.example"], TEXT))
    case(prefix, "sendmail-too-large", "sendmail, over message_size_limit", sendmail(["-f", "sender@example.org", "good@peer.example"], TEXT + "x\n" * 2000), {"message_size_limit": "2000"})
    case(prefix, "smtputf8-to-old-host", "SMTPUTF8 message, next host without it", send("<jürgen@example.org> SMTPUTF8", ["<good@peer.example>"]), peer=Peer(extensions=("8BITMIME",)))
    case(prefix, "size-over-next-hosts-limit", "next host announces SIZE 10", send(), peer=Peer(extensions=("SIZE 10",)))
    case(prefix, "reload", "postfix reload", lambda b: (b.postfix.run("postfix", "reload"), time.sleep(0.5)))
    case(prefix, "always-bcc", "always_bcc", send(), {"always_bcc": "known@box.example"})
    case(prefix, "dead-destination", "two messages to a host where nothing listens", lambda b: [send(rcpts=[r])(b) or b.settle(0.3) for r in ("<x@nowhere.example>", "<y@nowhere.example>")])
    case(prefix, "unused-parameter", "unknown name in main.cf", lambda b: b.postfix.run("postconf", "-n"), {"no_such_parameter": "1"})
    case(prefix, "no-relay-control", "smtpd_relay_restrictions and smtpd_recipient_restrictions empty: a client connects", raw_quietly, {"smtpd_relay_restrictions": "", "smtpd_recipient_restrictions": ""})
    case(prefix, "long-queue-ids", "enable_long_queue_ids = yes", send(), {"enable_long_queue_ids": "yes"})


def raw_quietly(b):
    import socket
    with socket.create_connection(("127.0.0.1", b.postfix.port)):
        time.sleep(0.5)


def starttls(b):
    from golden_headers import send as tls_send
    tls_send(b, "EHLO client.example.test", "<sender@example.org>", ["<good@peer.example>"], TEXT, None, tls=True)
