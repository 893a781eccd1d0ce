"""Headers that cleanup(8) and the mailbox programs add, for mail by SMTP and by sendmail(1)."""
import os
import pathlib
import re
import socket
import ssl
import subprocess

from golden import Bench, settings_text, write

SETTINGS = {
    "mydestination": "example.test, mx.example.test",
    "virtual_mailbox_domains": "box.example, mbox.example",
    "virtual_mailbox_base": "{root}/boxes",
    "virtual_mailbox_maps": "inline:{{bob@box.example=bob/} {alice@box.example=alice/} {bob@mbox.example=bob-mbox} {jürgen@box.example=jurgen/}}",
    "virtual_uid_maps": "static:65534", "virtual_gid_maps": "static:65534",
    "virtual_alias_maps": "inline:{{list@example.test = bob@box.example, alice@box.example} {one@example.test = bob@box.example}}",
    "alias_maps": "texthash:{root}/etc/aliases",
    "mail_spool_directory": "{root}/spool",
    "allow_mail_to_files": "alias",
    "recipient_delimiter": "+",
    "smtpd_authorized_xclient_hosts": "127.0.0.0/8",
}
FULL = """From: Sender <sender@example.org>
To: Bob <bob@box.example>
Subject: hello
Message-Id: <m@example.org>
Date: Thu, 1 Jan 2026 00:00:00 +0000

First line.
From the start of a line
>From quoted already
.
last
"""
BARE = "Subject: hello\n\ntext\n"
SMTP = {
    # name: (settings, HELO line, MAIL argument, RCPT arguments, text, XCLIENT)
    "esmtp-one-recipient": ({}, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>"], FULL, None),
    "smtp-helo": ({}, "HELO client.example.test", "<sender@example.org>", ["<bob@box.example>"], FULL, None),
    "two-recipients": ({}, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>", "<alice@box.example>"], FULL, None),
    "mbox": ({}, "EHLO client.example.test", "<sender@example.org>", ["<bob@mbox.example>"], FULL, None),
    "mbox-null-sender": ({}, "EHLO client.example.test", "<>", ["<bob@mbox.example>"], FULL, None),
    "mbox-body-without-last-newline-and-empty-lines": ({}, "EHLO client.example.test", "<sender@example.org>", ["<bob@mbox.example>"], BARE + "\n\nFrom a\n\nFrom b\n>From c\n", None),
    "null-sender": ({}, "EHLO client.example.test", "<>", ["<bob@box.example>"], FULL, None),
    "alias-to-one": ({}, "EHLO client.example.test", "<sender@example.org>", ["<one@example.test>"], FULL, None),
    "alias-to-two": ({}, "EHLO client.example.test", "<sender@example.org>", ["<list@example.test>"], FULL, None),
    "extension": ({}, "EHLO client.example.test", "<sender@example.org>", ["<bob+tag@box.example>"], FULL, None),
    "extension-by-alias": ({}, "EHLO client.example.test", "<sender@example.org>", ["<one+tag@example.test>"], FULL, None),
    "upper-case-recipient": ({}, "EHLO client.example.test", "<Sender@Example.ORG>", ["<BOB@BOX.example>"], FULL, None),
    "missing-headers-local-client": ({}, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>"], BARE, None),
    "missing-headers-null-sender": ({}, "EHLO client.example.test", "<>", ["<bob@box.example>"], BARE, None),
    "missing-headers-remote-client": ({}, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>"], BARE, "NAME=spike.example.com ADDR=192.0.2.10"),
    "missing-headers-remote-client-always-add": ({"always_add_missing_headers": "yes"}, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>"], BARE, "NAME=spike.example.com ADDR=192.0.2.10"),
    "remote-client-with-name": ({}, "EHLO helo.example.com", "<sender@example.org>", ["<bob@box.example>"], FULL, "NAME=spike.example.com ADDR=192.0.2.10"),
    "remote-client-without-name": ({}, "EHLO helo.example.com", "<sender@example.org>", ["<bob@box.example>"], FULL, "NAME=[UNAVAILABLE] ADDR=192.0.2.10"),
    "remote-client-ipv6": ({}, "EHLO helo.example.com", "<sender@example.org>", ["<bob@box.example>"], FULL, "NAME=spike.example.com ADDR=IPV6:2001:db8::10"),
    "helo-is-address-literal": ({}, "EHLO [192.0.2.10]", "<sender@example.org>", ["<bob@box.example>"], FULL, "NAME=spike.example.com ADDR=192.0.2.10"),
    "helo-has-odd-characters": ({}, "EHLO a(b)c\"d<e>", "<sender@example.org>", ["<bob@box.example>"], FULL, None),
    "incomplete-addresses-local-client": ({}, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>"],
                                           "From: sender\nTo: bob, \"Alice A.\" <alice>, carol@host, (comment) dave\nCc: friends: ann, ben;\nReply-To: <>\nErrors-To: ops\nSubject: x\n\ntext\n", None),
    "incomplete-addresses-remote-client": ({}, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>"],
                                            "From: sender\nTo: bob, \"Alice A.\" <alice>, carol@host\nSubject: x\n\ntext\n", "NAME=spike.example.com ADDR=192.0.2.10"),
    "incomplete-addresses-remote-domain": ({"remote_header_rewrite_domain": "domain.invalid"}, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>"],
                                            "From: sender\nTo: bob, carol@host\nSubject: x\n\ntext\n", "NAME=spike.example.com ADDR=192.0.2.10"),
    "append-dot-mydomain": ({"append_dot_mydomain": "yes", "mydomain": "example.test"}, "EHLO client.example.test", "<sender@host>", ["<bob@box.example>"],
                            "From: sender@host\nTo: bob\nSubject: x\n\ntext\n", None),
    "return-path-and-bcc-from-client": ({}, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>"],
                                         "Return-Path: <forged@example.org>\nBcc: secret@example.org\nContent-Length: 99\nDelivered-To: x@example.org\nX-Original-To: y@example.org\n" + FULL, None),
    "resent": ({}, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>"], "Resent-From: me@example.org\nResent-To: bob@box.example\n" + FULL, None),
    "mail-loop": ({}, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>"], "Delivered-To: bob@box.example\n" + FULL, None),
    "smtputf8": ({}, "EHLO client.example.test", "<jürgen@example.org> SMTPUTF8", ["<jürgen@box.example>"], FULL.replace("hello", "grüße"), None),
    "no-original-recipient": ({"enable_original_recipient": "no"}, "EHLO client.example.test", "<sender@example.org>", ["<one@example.test>"], FULL, None),
    "always-bcc": ({"always_bcc": "alice@box.example"}, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>"], FULL, None),
    "sender-and-recipient-bcc": ({"recipient_bcc_maps": "inline:{{bob@box.example=alice@box.example}}", "sender_bcc_maps": "inline:{{sender@example.org=bob@mbox.example}}"},
                                  "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>"], FULL, None),
    "local-mbox": ({}, "EHLO client.example.test", "<sender@example.org>", ["<games@example.test>"], FULL, None),
    "local-mbox-extension": ({}, "EHLO client.example.test", "<sender@example.org>", ["<games+tag@example.test>"], FULL, None),
    "local-alias-to-user": ({}, "EHLO client.example.test", "<sender@example.org>", ["<player@example.test>"], FULL, None),
    "local-alias-to-maildir": ({}, "EHLO client.example.test", "<sender@example.org>", ["<dir@example.test>"], FULL, None),
    "local-alias-list": ({}, "EHLO client.example.test", "<sender@example.org>", ["<team@example.test>"], FULL, None),
    "duplicate-recipients": ({}, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>", "<bob@box.example>", "<one@example.test>"], FULL, None),
    "folded-and-long-headers": ({}, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>"],
                                 "From: sender@example.org\nTo: " + ",\n ".join(f"person{i}@a-long-domain-name.example" for i in range(6)) + "\nCc: " + ", ".join(f"person{i}@a-long-domain-name.example" for i in range(6)) + "\nSubject: x\n\ntext\n", None),
}
SENDMAIL = {
    # name: (arguments, text)
    "sendmail-recipient": (["-f", "sender@example.org", "-F", "Full Name", "bob@box.example"], BARE),
    "sendmail-recipients": (["-f", "sender@example.org", "-F", "Full Name", "bob@box.example", "alice@box.example"], BARE),
    "sendmail-t": (["-t", "-f", "sender@example.org", "-F", "Full Name"], "To: bob@box.example\nCc: alice@box.example\nBcc: bob@mbox.example\nSubject: hello\n\ntext\n"),
    "sendmail-t-bcc-only": (["-t", "-f", "sender@example.org", "-F", "Full Name"], "Bcc: bob@box.example\nSubject: hello\n\ntext\n"),
    "sendmail-t-resent": (["-t", "-f", "sender@example.org"], "To: bob@box.example\nFrom: x@example.org\nResent-To: alice@box.example\nResent-From: y@example.org\nSubject: hello\n\ntext\n"),
    "sendmail-full-headers": (["-f", "sender@example.org", "bob@box.example"], FULL),
    "sendmail-dot": (["-f", "sender@example.org", "-F", "", "bob@box.example"], "Subject: hello\n\nbefore\n.\nafter\n"),
    "sendmail-i-dot": (["-i", "-f", "sender@example.org", "-F", "", "bob@box.example"], "Subject: hello\n\nbefore\n.\nafter\n"),
    "sendmail-oi-dot": (["-oi", "-f", "sender@example.org", "-F", "", "bob@box.example"], "Subject: hello\n\nbefore\n.\nafter\n"),
    "sendmail-null-sender": (["-f", "", "-F", "", "bob@box.example"], BARE),
    "sendmail-null-sender-brackets": (["-f", "<>", "-F", "", "bob@box.example"], BARE),
    "sendmail-sender-without-domain": (["-f", "someone", "-F", "Some One", "bob@box.example"], BARE),
    "sendmail-recipient-list-in-one-argument": (["-f", "sender@example.org", "-F", "", "bob@box.example, alice@box.example"], BARE),
    "sendmail-full-name-specials": (["-f", "sender@example.org", "-F", "Full \"Q\" N. (x)", "bob@box.example"], BARE),
    "sendmail-crlf-input": (["-f", "sender@example.org", "-F", "", "bob@box.example"], "Subject: hello\r\n\r\ntext\r\n"),
    "sendmail-eight-bit": (["-f", "sender@example.org", "-F", "", "bob@box.example"], "Subject: hello\n\nGrüße\n"),
    "sendmail-mbox-from-line": (["-f", "sender@example.org", "-F", "", "bob@box.example"], "From x Thu Jan  1 00:00:00 2026\nSubject: hello\n\ntext\n"),
    "sendmail-header-from-differs": (["-f", "sender@example.org", "bob@box.example"], "From: other@example.org\nSubject: hello\n\ntext\n"),
    "sendmail-dsn": (["-N", "success,delay,failure", "-R", "hdrs", "-V", "", "-f", "sender@example.org", "bob@box.example"], BARE),
    "sendmail-empty-input": (["-f", "sender@example.org", "-F", "", "bob@box.example"], ""),
    "sendmail-no-header": (["-f", "sender@example.org", "-F", "", "bob@box.example"], "just text, no header\n"),
}


def stored(b):
    found = []
    for folder, _, files in sorted(os.walk(b.root + "/boxes")) + sorted(os.walk(b.root + "/spool")):
        for f in sorted(files):
            path = pathlib.Path(folder, f)
            short = str(path).replace(b.root + "/", "")
            short = re.sub(r"new/.*", "new/*", short)
            found.append((f"stored {short}", b.clean(path.read_text(errors="surrogateescape"))))
            path.unlink()
    return found


def prepare(b):
    (b.postfix.root / "etc").mkdir(parents=True, exist_ok=True)
    (b.postfix.root / "etc/aliases").write_text(
        f"player games\ndir {b.root}/boxes/dir/\nteam games, bob@box.example\nowner-team postmaster\npostmaster games\n")
    for d in ("boxes", "spool"):
        (b.postfix.root / d).mkdir(exist_ok=True)
        os.chmod(b.postfix.root / d, 0o1777)


def send(b, helo, mail, rcpts, text, xclient, tls=False):
    answers = []
    s = socket.create_connection(("127.0.0.1", b.postfix.port))
    f = s.makefile("rwb")

    def command(c):
        if c is not None:
            f.write(c.encode() + b"\r\n")
            f.flush()
        while True:
            line = f.readline().decode().rstrip("\r\n")
            if line[3:4] != "-":
                answers.append(line)
                return line
    command(None)
    if xclient:
        command("EHLO first")
        command("XCLIENT " + xclient)
    command(helo)
    if tls:
        command("STARTTLS")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_3
        s = context.wrap_socket(s)
        f = s.makefile("rwb")
        command(helo)
    command("MAIL FROM:" + mail)
    for r in rcpts:
        command("RCPT TO:" + r)
    if command("DATA").startswith("354"):
        f.write(re.sub(r"(?m)^\.", "..", text).replace("\n", "\r\n").encode() + b".\r\n")
        f.flush()
        command(None)
    command("QUIT")
    s.close()
    return answers


def record(prefix):
    plain = [(n, c) for n, c in SMTP.items() if not c[0]]
    other = [(n, c) for n, c in SMTP.items() if c[0]]
    groups = [({}, plain)] + [(c[0], [(n, c)]) for n, c in other]
    write("headers", "settings", [("settings", settings_text(SETTINGS)),
                                  ("aliases", "player games\ndir {root}/boxes/dir/\nteam games, bob@box.example\nowner-team postmaster\npostmaster games\n")])
    for extra, cases in groups:
        with_bench(prefix, extra, cases)
    files = pathlib.Path(__file__).resolve().parent.parent / "bundles/mail-spi-tck/src/main/resources/conversations/files"
    tls = {"smtpd_tls_security_level": "may", "smtpd_tls_cert_file": str(files / "cert.pem"), "smtpd_tls_key_file": str(files / "key.pem")}
    with bench(prefix, tls) as b:
        send(b, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>"], FULL, None, tls=True)
        b.settle()
        write("headers", "esmtps", [("submission", "STARTTLS, TLSv1.3\nEHLO client.example.test\nMAIL FROM:<sender@example.org>\nRCPT TO:<bob@box.example>\n"),
                                    ("message", FULL), *stored(b)])
    with bench(prefix, {**tls, "smtpd_tls_received_header": "yes"}) as b:
        send(b, "EHLO client.example.test", "<sender@example.org>", ["<bob@box.example>"], FULL, None, tls=True)
        b.settle()
        write("headers", "esmtps-received-header", [("settings", "smtpd_tls_received_header = yes\n"), ("submission", "STARTTLS, TLSv1.3\nEHLO client.example.test\n"), ("message", FULL), *stored(b)])
    with bench(prefix, {}) as b:
        for name, (args, text) in SENDMAIL.items():
            r = subprocess.run([b.postfix.command("sendmail"), "-C", str(b.postfix.etc), *args], input=text.encode(), capture_output=True,
                               env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MAIL_CONFIG": str(b.postfix.etc)}, timeout=30)
            b.settle()
            sections = [("submission", "sendmail " + " ".join(repr(a) if not re.fullmatch(r"[\w@.,+<>/-]+", a) else a for a in args)), ("message", text), ("exit code", str(r.returncode))]
            if r.stderr or r.stdout:
                sections.append(("printed", b.clean((r.stdout + r.stderr).decode())))
            write("headers", name, sections + stored(b))


class bench(Bench):
    def __init__(self, prefix, extra):
        super().__init__(prefix, {**SETTINGS, **extra})
        prepare(self)


def with_bench(prefix, extra, cases):
    with bench(prefix, extra) as b:
        for name, (settings, helo, mail, rcpts, text, xclient) in cases:
            answers = send(b, helo, mail, rcpts, text, xclient)
            b.settle()
            sections = [("settings", settings_text(settings))] if settings else []
            sections += [("submission", (f"XCLIENT {xclient}\n" if xclient else "") + f"{helo}\nMAIL FROM:{mail}\n" + "".join(f"RCPT TO:{r}\n" for r in rcpts)), ("message", text)]
            if not any("queued as" in x for x in answers):
                sections.append(("answers", b.clean("\n".join(answers))))
            found = stored(b)
            if not found:
                log = [x for x in b.postfix.log.read_text().splitlines()[-12:] if "status=" in x]
                sections.append(("log", b.clean("\n".join(log))))
            write("headers", name, sections + found)
