#!/usr/bin/env python3
"""Records SMTP conversations from a real Postfix.

usage: record.py [--prefix DIR] [--compare DIR] [--out DIR] recipe...

Each recipe (oracle/recipes/NAME.txt) has main.cf settings and, per "== title", what a client says. A private Postfix is started with
the settings; what it answers goes to NAME.smtp in the grammar of docs/testing/conversations.md. With --compare, a second Postfix (an
empty DIR is Debian's package) plays the same, and where it answers otherwise its text stands in a comment.

In a recipe:
  C: line      send the line, read one reply; after a 354 lines are collected up to "C: ."
  H: line      like C:, a multi-line reply is recorded as one pattern
  M: text      MAIL FROM:text, and RSET where it was accepted
  P: line      send together with the next command (pipelining); its reply is read there
  R: bytes     raw bytes with escapes, nothing is read
  A:           read whatever comes until 0.7 s of silence ("A: 2" reads two replies)
  TLS DROP     handshake; vanish        # comment    goes to the golden file
  @hello @from @to @data    EHLO (reply not recorded line by line), the usual MAIL, RCPT, and a small message
A QUIT is added where the connection is still open.
"""
import argparse
import os
import pathlib
import re
import socket
import ssl
import sys

from instance import Postfix

HERE = pathlib.Path(__file__).resolve().parent
BASE = {
    "compatibility_level": "3.11",
    "myhostname": "mx.example.test",
    "mydestination": "example.test",
    "mynetworks": "127.0.0.0/8",
    "local_recipient_maps": "inline:{{alice=x} {bob=x} {carol=x}}",
}
# Not part of the golden file: nothing leaves the oracle's queue.
HIDDEN = {"defer_transports": "local smtp relay virtual error retry discard lmtp", "default_transport": "smtp:[127.0.0.1]:9"}
OLD = {"smtpd_forbid_bare_newline": "normalize", "smtpd_forbid_unauth_pipelining": "yes", "compatibility_level": "3.6"}
MACROS = {
    "@hello": ["H: EHLO client.example.test"],
    "@from": ["C: MAIL FROM:<sender@example.org>"],
    "@to": ["C: RCPT TO:<bob@example.test>"],
    "@data": ["C: DATA", "C: Subject: hello", "C:", "C: Hi Bob.", "C: ."],
}


def parse(path):
    settings, notes, scripts = dict(BASE), [], []
    for line in path.read_text().splitlines():
        if line.startswith("== "):
            scripts.append((line[3:].strip(), []))
        elif scripts:
            if line.strip() in MACROS:
                scripts[-1][1].extend(MACROS[line.strip()])
            elif line.strip():
                scripts[-1][1].append(line)
        elif line.startswith("#"):
            notes.append(line)
        elif line.strip():
            name, value = line.split("=", 1)
            settings[name.strip()] = value.strip()
    return settings, notes, scripts


def unescape(text):
    """The bytes of an R: line."""
    def one(m):
        e = m.group(0)
        if e[1] == "(":
            unit, count = e[2:-1].rsplit("*", 1)
            return unescape(unit).decode("latin-1") * int(count)
        if e[1] == "x":
            return chr(int(e[2:], 16))
        return {"r": "\r", "n": "\n", "t": "\t", "0": "\0", "\\": "\\"}[e[1]]
    text = text.encode("utf-8").decode("latin-1")
    return re.sub(r"\\(\([^)]*\)|x[0-9a-fA-F]{2}|.)", one, text).encode("latin-1")


def value(line):
    return line[3:] if line[2:3] == " " else line[2:]


class Client:
    """Plays one recipe script; out is the golden text, line by line."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buf, self.out, self.data, self.gone, self.pending, self.waiting = b"", [], False, False, 0, b""

    def line(self, timeout=15):
        """A reply line; None at the end of the connection; "" when nothing came."""
        self.sock.settimeout(timeout)
        while b"\n" not in self.buf:
            try:
                more = self.sock.recv(4096)
            except TimeoutError:
                return ""
            except OSError:
                more = b""
            if not more:
                return None
            self.buf += more
        line, self.buf = self.buf.split(b"\n", 1)
        assert line.endswith(b"\r"), line
        return line[:-1].decode()

    def reply(self, swallow=False, timeout=15):
        """Reads one reply into the golden text; False when none came."""
        first = True
        while True:
            line = self.line(timeout)
            if line is None:
                self.out.append("GONE")
                self.gone = True
                return False
            if line == "":
                assert first and timeout < 5, f"no reply after {self.out[-5:]}"
                return False
            if swallow and first and line[3] == "-":
                self.out.append(f"S: {line[:3]}-*")
            elif not swallow or first:
                text = line.replace("*", r"\*")
                self.out.append("S: " + re.sub(r"queued as [0-9A-Za-z]+$", "queued as *", text))
            first = False
            if line[3:4] != "-":
                self.data = line.startswith("354")
                return True

    def send(self):
        """Sends what is waiting, in one piece as the runner does."""
        raw, self.waiting = self.waiting, b""
        try:
            self.sock.sendall(raw)
        except OSError:
            pass

    def look_for_end(self):
        """After a reply with which a session may end: has it ended?"""
        if not self.gone and self.out[-1][:6] in ("S: 221", "S: 421", "S: 521", "S: 554"):
            self.reply(timeout=0.4)

    def step(self, line):
        mark = line[:2]
        if line.startswith("#"):
            self.out.append(line)
        elif mark in ("C:", "P:", "H:"):
            self.out.append("C:" + line[2:])
            self.waiting += value(line).encode() + b"\r\n"
            if mark == "P:" and not self.data:
                self.pending += 1
                return
            self.send()
            if self.data:
                if value(line) == ".":
                    self.data = False
                    self.reply()
                return
            self.pending += 1
            while self.pending and not self.gone:
                self.pending -= 1
                self.reply(swallow=mark == "H:")
            self.look_for_end()
        elif mark == "M:":
            self.step("C: MAIL FROM:" + value(line))
            if self.out[-1].startswith("S: 250"):
                self.step("C: RSET")
        elif mark == "R:":
            self.out.append(line)
            self.waiting += unescape(value(line))
        elif mark == "A:":
            self.send()
            count = int(value(line) or 0)
            if count:
                for _ in range(count):
                    if not self.gone:
                        self.reply()
            else:
                while not self.gone and self.reply(timeout=0.7):
                    pass
            self.pending = 0
        elif line == "TLS":
            self.send()
            self.out.append(line)
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.sock.settimeout(15)
            self.sock = context.wrap_socket(self.sock)
        elif line == "DROP":
            self.send()
            self.out.append(line)
            self.sock.close()
            self.gone = True
        else:
            raise SystemExit(f"recipe line not understood: {line}")

    def play(self, lines):
        self.reply()
        for line in lines:
            if self.gone and not line.startswith("#"):
                self.out.append("# not sent, the server has closed: " + line)
                continue
            self.step(line)
        self.send()
        self.look_for_end()
        if not self.gone and not self.data:
            self.step("C: QUIT")
            if not self.gone:
                self.reply(timeout=3)
        self.sock.close()
        return self.out


def printable(raw):
    text = raw.replace(b"\\", b"\\\\").decode("latin-1")
    return re.sub(r"[^ -~]", lambda m: "\\x%02x" % ord(m.group(0)), text).replace("*", r"\*")


def queued(messages):
    out = []
    for sender, recipients, raw in messages:
        out.append(f"Q: FROM <{sender}>")
        out += [f"Q: TO <{r}>" for r in recipients]
        raw = re.sub(rb"(?m)^Received: (?:from [^\n]*\n[ \t]+)?by mx\.example\.test [^\n]*\n(?:[ \t][^\n]*\n)*", b"", raw, count=1)
        lines = [printable(line) for line in raw.decode("latin-1").encode("latin-1").split(b"\n")[:-1]]
        lines = [re.sub(r"^((?:Resent-)?Message-Id): <[\w.]+@", r"\1: <*@", line) for line in lines]
        lines = [re.sub(r"^((?:Resent-)?Date): \w{3}, +\d+ \w{3} 20\d\d .*", r"\1: *", line) for line in lines]
        if len(lines) <= 60 and all(len(line) < 3000 for line in lines):
            out += [("Q: | " + line).rstrip() if not line else "Q: | " + line for line in lines]
    return out


def record(settings, scripts, prefix):
    files = HERE.parent / "bundles/mail-spi-tck/src/main/resources/conversations/files"
    real = {k: v.replace("{dir}", str(files)) for k, v in settings.items()}
    postfix = Postfix(f"/tmp/oracle-run.{os.getpid()}", {**({} if prefix else OLD), **real, **HIDDEN,
                                          **({} if prefix else {"compatibility_level": "3.6"})}, prefix)
    result = []
    try:
        postfix.start()
        for title, lines in scripts:
            client = Client(postfix.port)
            try:
                out = client.play(lines)
            except BaseException:
                print(f"{title}: {client.out}", postfix.log.read_text()[-2000:], sep="\n", file=sys.stderr)
                raise
            messages = postfix.messages()
            result.append((title, out, queued(messages)))
            if messages:
                postfix.purge()
        version = postfix.version()
        log = postfix.log.read_text()
    finally:
        postfix.stop()
        postfix.clean()
    for line in log.splitlines():
        if re.search(r" (warning|fatal|panic|error): ", line) and "non-SMTP command" not in line:
            print("  log: " + line.split(": ", 1)[1], file=sys.stderr)
    return version, result


def annotate(new, old, version):
    """Comments for the replies in which another version differs."""
    a, b = [x for x in new if not x.startswith("#")], [x for x in old if not x.startswith("#")]
    if a == b:
        return new
    if len(a) != len(b) or [x[:2] for x in a] != [x[:2] for x in b]:
        return [*new, f"# Postfix {version} differs:", *("#   " + x for x in b if x.startswith(("S:", "GONE", "Q:")))]
    out, at = [], 0
    for line in new:
        out.append(line)
        if not line.startswith("#"):
            if line != b[at]:
                out.append(f"# Postfix {version}: {b[at][3:]}")
            at += 1
    return out


def differences(folder):
    """oracle/DIFFERENCES.md: every place at which the older Postfix answered otherwise."""
    rows = []
    for path in sorted(folder.glob("*.smtp")):
        title = before = ""
        for line in path.read_text().splitlines():
            m = re.match(r"# Postfix (\S+?)(?:: (.*)| differs:)$", line)
            if line.startswith("== "):
                title = line[3:]
            elif m:
                rows.append((path.stem, title, before, f"{m.group(1)}: " + (m.group(2) or "another course, see the file")))
            elif not line.startswith("#"):
                before = line
    text = ["# Where the older Postfix answers otherwise", "",
            "Written by `record.py --compare`; the `.smtp` files have the same as comments.", "",
            "| File | Conversation | Recorded | Older Postfix |", "|---|---|---|---|",
            *("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows)]
    (HERE / "DIFFERENCES.md").write_text("\n".join(text) + "\n")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("recipes", nargs="+", type=pathlib.Path)
    p.add_argument("--prefix", default="/tmp/oracle-pf", help="Postfix to record; empty = Debian's")
    p.add_argument("--compare", help="Postfix to compare with; empty = Debian's")
    p.add_argument("--out", type=pathlib.Path, default=HERE.parent / "bundles/mail-spi-tck/src/main/resources/conversations")
    a = p.parse_args()
    total = 0
    for path in a.recipes:
        settings, notes, scripts = parse(path)
        print(path.stem, len(scripts), flush=True)
        try:
            version, result = record(settings, scripts, a.prefix)
        except Exception as e:
            print(f"{path.stem}: NOT RECORDED: {e!r}", flush=True)
            continue
        text = [f"# Recorded from Postfix {version} by oracle/record.py from oracle/recipes/{path.name}; edit that and record again.",
                *notes, "", *(f"{k} = {v}" for k, v in settings.items())]
        others = []
        if a.compare is not None:
            try:
                other, others = record(settings, scripts, a.compare)
            except Exception as e:
                print(f"{path.stem}: not compared: {e!r}", flush=True)
        for i, (title, out, queue) in enumerate(result):
            lines = [*out, *queue]
            if others:
                lines = annotate(lines, [*others[i][1], *others[i][2]], other)
            text += ["", f"== {title}", *lines]
        (a.out / (path.stem + ".smtp")).write_text("\n".join(text) + "\n")
        total += len(scripts)
    (a.out / "index.txt").write_text("".join(sorted(f.stem + "\n" for f in a.out.glob("*.smtp"))))
    differences(a.out)
    print(total, "conversations")


if __name__ == "__main__":
    main()
