"""What smtp(8) and lmtp(8) say to the next host, and the log lines that follow."""
import re
import socket
import threading
import time

from golden import Bench, settings_text, write
from golden_log import lines, probe_free

TEXT = """Subject: test message
From: sender@example.org
To: bob@peer.example
Message-Id: <original@example.org>
Date: Thu, 1 Jan 2026 00:00:00 +0000

First line.
.
.x
Last line.
"""
FULL = "250-peer.example\n250-PIPELINING\n250-SIZE 1000000\n250-ETRN\n250-ENHANCEDSTATUSCODES\n250-8BITMIME\n250-DSN\n250 SMTPUTF8"


class Host:
    """A next host that answers by a table (first key contained in the line wins) and keeps the dialogue, connection by connection."""

    def __init__(self, replies=None, greeting="220 peer.example ESMTP", ehlo=FULL, lmtp=False):
        self.replies, self.greeting, self.ehlo, self.lmtp = replies or {}, greeting, ehlo, lmtp
        self.talks, self.messages = [], []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            talk = []
            self.talks.append(talk)
            threading.Thread(target=self.serve, args=(sock, talk), daemon=True).start()

    def serve(self, sock, talk):
        try:
            self.dialogue(sock, talk)
        except OSError:
            talk.append("[reset]")
        sock.close()

    def dialogue(self, sock, talk):
        rcpts = 0

        def say(text):
            for line in text.split("\n"):
                talk.append("S: " + line)
            sock.sendall(text.replace("\n", "\r\n").encode() + b"\r\n")
            return text

        def reply(line, default):
            for key, value in self.replies.items():
                if key.lower() in line.lower():
                    if isinstance(value, list):
                        value = value.pop(0) if len(value) > 1 else value[0]
                    if value == "DROP":
                        talk.append("[the host closes]")
                        raise EOFError
                    return value
            return default
        if self.greeting:
            say(self.greeting)
        buf = b""
        try:
            while True:
                if b"\r\n" not in buf:
                    more = sock.recv(65536)
                    if not more:
                        talk.append("[end]")
                        return
                    buf += more
                    continue
                raw, buf = buf.split(b"\r\n", 1)
                line = raw.decode("utf-8", "replace")
                talk.append("C: " + line)
                verb = line.split(" ")[0].upper()
                if verb in ("EHLO", "LHLO"):
                    say(reply(line, self.ehlo))
                elif verb == "HELO":
                    say(reply(line, "250 peer.example"))
                elif verb == "MAIL":
                    rcpts = 0
                    say(reply(line, "250 2.1.0 Ok"))
                elif verb == "RCPT":
                    rcpts += say(reply(line, "250 2.1.5 Ok")).startswith("2")
                elif verb == "DATA":
                    if not say(reply(line, "354 go on" if rcpts else "554 5.5.1 no valid recipients")).startswith("354"):
                        continue
                    while b"\r\n.\r\n" not in b"\r\n" + buf:
                        more = sock.recv(65536)
                        if not more:
                            talk.append("[end inside the message]")
                            return
                        buf += more
                    if buf.startswith(b".\r\n"):
                        text, buf = b"", buf[3:]
                    else:
                        text, buf = buf.split(b"\r\n.\r\n", 1)
                    for part in text.decode("utf-8", "replace").split("\r\n"):
                        talk.append("C: " + part)
                    talk.append("C: .")
                    for i in range(rcpts if self.lmtp else 1):
                        say(reply(f"<end{i}>", reply("<end>", "250 2.0.0 Ok: accepted as 12345")))
                elif verb == "QUIT":
                    say(reply(line, "221 2.0.0 Bye"))
                    return
                else:
                    say(reply(line, "250 2.0.0 Ok"))
        except EOFError:
            return

    def close(self):
        self.listener.close()


BASE = {"transport_maps": "inline:{{peer.example=smtp:[127.0.0.1]:{peer}} {lmtp.example=lmtp:inet:127.0.0.1:{peer}}}",
        "default_transport": "discard:", "smtpd_reject_unlisted_recipient": "no", "disable_dns_lookups": "yes"}
B = ["<bob@peer.example>"]
M = "<sender@example.org>"
EIGHT = TEXT.replace("Date:", "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nDate:").replace("First", "Grüße")
CASES = {
    # name: (settings, host arguments, messages: [(MAIL, RCPTs, text)])
    "plain": ({}, {}, [(M, B, TEXT)]),
    "eight-bit": ({}, {}, [(M + " BODY=8BITMIME", B, EIGHT)]),
    "dsn": ({}, {}, [(M + " RET=HDRS ENVID=a+2Bb", ["<bob@peer.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;old+2Bname@old.example", "<carol@peer.example> NOTIFY=NEVER"], TEXT)]),
    "dsn-not-announced": ({}, {"ehlo": "250-peer.example\n250 PIPELINING"}, [(M + " RET=HDRS ENVID=abc", ["<bob@peer.example> NOTIFY=FAILURE"], TEXT)]),
    "null-sender": ({}, {}, [("<>", B, TEXT)]),
    "no-pipelining": ({}, {"ehlo": "250-peer.example\n250 SIZE"}, [(M, [*B, "<carol@peer.example>"], TEXT)]),
    "ehlo-one-line": ({}, {"ehlo": "250 peer.example"}, [(M, B, TEXT)]),
    "ehlo-refused": ({}, {"replies": {"EHLO": "502 5.5.1 what"}}, [(M, B, TEXT)]),
    "ehlo-and-helo-refused": ({}, {"replies": {"EHLO": "502 5.5.1 what", "HELO": "502 5.5.1 what"}}, [(M, B, TEXT)]),
    "ehlo-421": ({}, {"replies": {"EHLO": "421 4.3.2 closing"}}, [(M, B, TEXT)]),
    "ehlo-dropped": ({}, {"replies": {"EHLO": "DROP"}}, [(M, B, TEXT)]),
    "greeting-554": ({}, {"greeting": "554 5.7.1 go away"}, [(M, B, TEXT)]),
    "greeting-421": ({}, {"greeting": "421 4.3.2 busy"}, [(M, B, TEXT)]),
    "greeting-multiline": ({}, {"greeting": "220-peer.example ESMTP\n220-no spam\n220 thanks"}, [(M, B, TEXT)]),
    "greeting-without-esmtp": ({}, {"greeting": "220 peer.example"}, [(M, B, TEXT)]),
    "greeting-without-esmtp-never-ehlo": ({"smtp_always_send_ehlo": "no"}, {"greeting": "220 peer.example"}, [(M, B, TEXT)]),
    "never-ehlo": ({"smtp_never_send_ehlo": "yes"}, {}, [(M, B, TEXT)]),
    "helo-name": ({"smtp_helo_name": "other.example.test"}, {}, [(M, B, TEXT)]),
    "discard-keywords": ({"smtp_discard_ehlo_keywords": "pipelining, size, dsn"}, {}, [(M, B, TEXT)]),
    "one-recipient-refused": ({}, {"replies": {"bob@": "550 5.1.1 no such user"}}, [(M, [*B, "<carol@peer.example>"], TEXT)]),
    "one-recipient-deferred": ({}, {"replies": {"bob@": "450 4.2.0 later"}}, [(M, [*B, "<carol@peer.example>"], TEXT)]),
    "all-recipients-refused": ({}, {"replies": {"RCPT": "550 5.1.1 no such user"}}, [(M, [*B, "<carol@peer.example>"], TEXT)]),
    "all-recipients-refused-no-pipelining": ({}, {"ehlo": "250 peer.example", "replies": {"RCPT": "550 5.1.1 no such user"}}, [(M, [*B, "<carol@peer.example>"], TEXT)]),
    "recipients-452-too-many": ({}, {"replies": {"carol@": "452 4.5.3 too many recipients"}}, [(M, [*B, "<carol@peer.example>", "<dave@peer.example>"], TEXT)]),
    "mail-refused": ({}, {"replies": {"MAIL": "550 5.7.1 not you"}}, [(M, [*B, "<carol@peer.example>"], TEXT)]),
    "mail-deferred": ({}, {"replies": {"MAIL": "451 4.7.1 greylisted"}}, [(M, B, TEXT)]),
    "data-refused": ({}, {"replies": {"DATA": "554 5.7.1 no data"}}, [(M, B, TEXT)]),
    "data-421": ({}, {"replies": {"DATA": "421 4.3.0 closing"}}, [(M, B, TEXT)]),
    "end-of-data-refused": ({}, {"replies": {"<end>": "554 5.7.1 spam"}}, [(M, [*B, "<carol@peer.example>"], TEXT)]),
    "end-of-data-deferred": ({}, {"replies": {"<end>": "452 4.3.1 disk full"}}, [(M, B, TEXT)]),
    "end-of-data-dropped": ({}, {"replies": {"<end>": "DROP"}}, [(M, B, TEXT)]),
    "mail-dropped": ({}, {"replies": {"MAIL": "DROP"}}, [(M, B, TEXT)]),
    "rcpt-421": ({}, {"replies": {"RCPT": "421 4.3.2 shutting down"}}, [(M, [*B, "<carol@peer.example>"], TEXT)]),
    "reply-garbage": ({}, {"replies": {"MAIL": "what is this"}}, [(M, B, TEXT)]),
    "reply-without-text": ({}, {"replies": {"MAIL": "250", "RCPT": "250", "<end>": "250"}}, [(M, B, TEXT)]),
    "reply-wrong-class": ({}, {"replies": {"DATA": "250 2.0.0 Ok"}}, [(M, B, TEXT)]),
    "size-announced-too-small": ({}, {"ehlo": "250-peer.example\n250 SIZE 100"}, [(M, B, TEXT)]),
    "smtputf8": ({}, {}, [("<jürgen@example.org> SMTPUTF8", B, EIGHT)]),
    "smtputf8-not-announced": ({}, {"ehlo": "250-peer.example\n250 8BITMIME"}, [("<jürgen@example.org> SMTPUTF8", B, EIGHT)]),
    "quoted-local-parts": ({}, {}, [('<"john doe"@example.org>', ['<"bob smith"@peer.example>', '<"a\\"b"@peer.example>', "<bob..x@peer.example>"], TEXT)]),
    "long-line": ({}, {}, [(M, B, TEXT + "x" * 2500 + "\n")]),
    "long-line-limit-off": ({"smtp_line_length_limit": "0"}, {}, [(M, B, TEXT + "x" * 1200 + "\n")]),
    "two-messages-in-a-row": ({"smtp_connection_cache_destinations": "inline:{peer.example=yes}", "smtp_destination_concurrency_limit": "1", "smtp_connection_cache_on_demand": "yes"}, {}, [(M, B, TEXT), (M, ["<carol@peer.example>"], TEXT), (M, ["<dave@peer.example>"], TEXT)]),
    "bcc-split-by-recipient-limit": ({"smtp_destination_recipient_limit": "2"}, {}, [(M, ["<a@peer.example>", "<b@peer.example>", "<c@peer.example>"], TEXT)]),
    "quit-not-awaited": ({"smtp_skip_quit_response": "no"}, {}, [(M, B, TEXT)]),
    "empty-message": ({}, {}, [(M, B, "")]),
    "lmtp": ({}, {"lmtp": True, "greeting": "220 peer.example LMTP"}, [(M, ["<bob@lmtp.example>", "<carol@lmtp.example>"], TEXT)]),
    "lmtp-one-refused-at-end": ({}, {"lmtp": True, "replies": {"<end1>": "550 5.2.2 mailbox full"}, "greeting": "220 peer.example LMTP"}, [(M, ["<bob@lmtp.example>", "<carol@lmtp.example>"], TEXT)]),
    "lmtp-one-refused-at-rcpt": ({}, {"lmtp": True, "replies": {"RCPT TO:<bob@": "550 5.1.1 no such user"}, "greeting": "220 peer.example LMTP"}, [(M, ["<bob@lmtp.example>", "<carol@lmtp.example>"], TEXT)]),
}


def record(prefix):
    for name, (settings, host, messages) in CASES.items():
        peer = Host(**host)
        with Bench(prefix, {**BASE, **settings}, peer) as b:
            sections = [("settings", settings_text(settings))] if settings else []
            for mail, rcpts, text in messages:
                b.smtp(mail, rcpts, text)
                sections.append(("envelope", f"MAIL FROM:{mail}\n" + "".join(f"RCPT TO:{r}\n" for r in rcpts)))
            sections.append(("message", messages[0][2] if len(messages[0][2]) < 900 else messages[0][2][:300] + "[...]\n"))
            b.settle(0.5)
            time.sleep(0.3)
            for talk in [t for t in peer.talks if t]:
                sections.append(("connection", b.clean("\n".join(talk))))
            log = [x for x in probe_free(lines(b)) if re.match(r"postfix/(smtp|lmtp|qmgr|bounce)\[", x) and "from=" not in x and not x.endswith(": removed")]
            sections.append(("log", "\n".join(log)))
        write("client", name, sections)
