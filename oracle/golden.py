#!/usr/bin/env python3
"""Records what a real Postfix writes: reports, conversions, headers, log lines, command output.

usage: golden.py [--prefix DIR] [part...]     parts: bounce client mime headers aliases log commands tables newaliases sources lookups ldap sql tls protection

Files go to bundles/mail-spi-tck/src/main/resources/golden/PART/; golden/README.md explains their form. Queue ids, dates, process ids, ports
and the like are replaced by words.
"""
import argparse
import importlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import threading
import time

from instance import Postfix, free_port

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "bundles/mail-spi-tck/src/main/resources/golden"
PARTS = ["bounce", "client", "mime", "headers", "aliases", "log", "commands", "tables", "newaliases", "sources", "lookups", "ldap", "sql", "tls", "protection"]
BASE = {
    "compatibility_level": "3.11",
    "myhostname": "mx.example.test",
    "mydestination": "example.test",
    "mynetworks": "127.0.0.0/8",
    "local_recipient_maps": "",
    "smtp_tls_security_level": "none",
}


class Peer:
    """The next host: an SMTP server that refuses what it is told to refuse and keeps what it gets."""

    def __init__(self, extensions=("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE", "DSN"), replies=None, ehlo=True):
        self.extensions, self.replies, self.ehlo = extensions, replies or {}, ehlo
        self.messages = []       # (MAIL line, RCPT lines, text)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        f = sock.makefile("rwb")

        def say(text):
            f.write(text.encode() + b"\r\n")
            f.flush()
        say("220 peer.example ESMTP")
        mail, rcpts = "", []
        for raw in f:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            verb = line.split(" ")[0].upper()
            reply = next((r for k, r in self.replies.items() if k != "END" and k.lower() in line.lower()), None)
            if verb == "EHLO" and self.ehlo:
                names = ["peer.example", *self.extensions]
                say("\r\n".join("250" + (" " if i == len(names) - 1 else "-") + n for i, n in enumerate(names)))
            elif verb == "EHLO":
                say("502 5.5.1 not implemented")
            elif reply and verb != "DATA":
                say(reply)
            elif verb == "MAIL":
                mail, rcpts = line, []
                say("250 2.1.0 Ok")
            elif verb == "RCPT":
                rcpts.append(line)
                say("250 2.1.5 Ok")
            elif verb == "DATA":
                if not rcpts:
                    say("554 5.5.1 no valid recipients")
                    continue
                say("354 go on")
                text = []
                for part in f:
                    if part == b".\r\n":
                        break
                    text.append(part[1:] if part.startswith(b".") else part)
                self.messages.append((mail, rcpts, b"".join(text)))
                say(self.replies.get("END", "250 2.0.0 Ok: accepted as 12345"))
            elif verb == "QUIT":
                say("221 2.0.0 Bye")
                break
            else:
                say("250 2.0.0 Ok")
        sock.close()

    def wait(self, count, limit=8):
        end = time.monotonic() + limit
        while len(self.messages) < count and time.monotonic() < end:
            time.sleep(0.05)

    def close(self):
        self.listener.close()


class Bench:
    """A private Postfix, the next host, and the file that is being written."""

    def __init__(self, prefix, settings, peer=None, rows=()):
        self.peer = peer or Peer()
        port = str(self.peer.port)
        self.root = f"/tmp/oracle-golden.{os.getpid()}"
        shutil.rmtree(self.root, ignore_errors=True)
        settings = {k: v.replace("{peer}", port).replace("{root}", self.root) for k, v in {**BASE, **settings}.items()}
        if not prefix:
            settings["compatibility_level"] = "3.6"
        self.postfix = Postfix(self.root, settings, prefix, [r.replace("{peer}", port) for r in rows])
        self.settings = settings

    def __enter__(self):
        self.postfix.start()
        return self

    def __exit__(self, *_):
        self.postfix.stop()
        self.peer.close()
        self.postfix.clean()

    def smtp(self, mail, rcpts, text, helo="EHLO client.example.test"):
        """Sends one message; the reply lines."""
        answers = []
        with socket.create_connection(("127.0.0.1", self.postfix.port)) as s:
            f = s.makefile("rwb")

            def reply():
                while True:
                    line = f.readline().decode().rstrip("\r\n")
                    answers.append(line)
                    if line[3:4] != "-":
                        return line

            def command(c):
                f.write(c.encode() + b"\r\n")
                f.flush()
                return reply()
            reply()
            command(helo)
            command("MAIL FROM:" + mail)
            for r in rcpts:
                command("RCPT TO:" + r)
            if command("DATA").startswith("354"):
                body = text if isinstance(text, bytes) else text.encode()
                body = re.sub(rb"(?m)^\.", b"..", body.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
                f.write(body + b".\r\n")
                f.flush()
                reply()
            command("QUIT")
        return answers

    def settle(self, seconds=0.3):
        """Waits until no message is on its way."""
        end = time.monotonic() + 15
        quiet = 0
        while quiet < seconds and time.monotonic() < end:
            busy = self.postfix.ids("incoming", "active", "maildrop")
            quiet = 0 if busy else quiet + 0.05
            time.sleep(0.05)

    def clean(self, text):
        return clean(text, self.root, {str(self.peer.port): "peer-port", str(self.postfix.port): "port"},
                     self.postfix.prefix)


DATE = r"\b(?!Thu, 1 Jan 2026)(Mon|Tue|Wed|Thu|Fri|Sat|Sun), +\d{1,2} \w{3} 20\d\d \d\d:\d\d:\d\d [+-]\d{4}( \(\w+\))?"


def clean(text, root="", ports=(), prefix=""):
    """Replaces what differs from run to run by words."""
    text = re.sub(DATE, "date", text)
    text = re.sub(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} +\d+ \d\d:\d\d:\d\d( 20\d\d)?\b", "time", text)
    text = re.sub(r"\b20\d{12}\.[0-9A-F]{9,12}@", "time.queue-id@", text)
    text = re.sub(r"\b[0-9A-F]{9,12}\.\d{9,11}/", "queue-id.time/", text)
    text = re.sub(r"\b(?=\w*[0-9])(?=\w*[A-F])[0-9A-F]{10,12}\b(?!@peer)", "queue-id", text)
    text = re.sub(r"\b[0-9A-F]{10,12}(?=: )", "queue-id", text)
    # An id may happen to have no letter; then only its place tells.
    text = re.sub(r'(\bid |queue_id": "|forwarded as |notification: |queued as |deferred/./)[0-9A-F]{10,12}\b', r"\1queue-id", text)
    text = re.sub(r"(?m)^[0-9A-F]{10,12}(?=[*!#]? +\d)", "queue-id", text)
    text = re.sub(r"/tmp/\d{10}\.P\d+\.[\w.]+", "/tmp/file", text)
    for port, word in dict(ports).items():
        text = re.sub(rf"\b{port}\b", word, text)
    if root:
        text = text.replace(root, "{root}")
    if prefix:
        text = text.replace(prefix + "/sbin/", "").replace(prefix, "{prefix}")
    return text


def write(part, name, sections):
    """sections: (title, text) pairs; text of str or bytes"""
    folder = OUT / part
    folder.mkdir(parents=True, exist_ok=True)
    out = b""
    for title, text in sections:
        body = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
        if body and not body.endswith(b"\n"):
            body += b"\n"
        assert not any(line.startswith(b"=== ") for line in body.split(b"\n")), name
        out += b"=== " + title.encode("utf-8", "surrogateescape") + b"\n" + body
    (folder / f"{name}.txt").write_bytes(out)
    print(f"{part}/{name}", flush=True)


def settings_text(settings, only=None):
    return "".join(f"{k} = {v}\n" for k, v in settings.items())


def run(bench, command, *args, stdin=None, name=None):
    """Runs a Postfix command with -c; sections of what it printed."""
    r = subprocess.run([bench.postfix.command(command), "-c", str(bench.postfix.etc), *args],
                       input=stdin, capture_output=True, timeout=60,
                       env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC", "MAIL_CONFIG": str(bench.postfix.etc)})
    return r.returncode, bench.clean(r.stdout.decode("utf-8", "surrogateescape")), bench.clean(r.stderr.decode("utf-8", "surrogateescape"))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("parts", nargs="*", choices=[*PARTS, []])
    p.add_argument("--prefix", default="/tmp/oracle-pf")
    a = p.parse_args()
    for part in a.parts or PARTS:
        importlib.import_module("golden_" + part).record(a.prefix)
        (OUT / part / "index.txt").write_text("".join(sorted(f.stem + "\n" for f in (OUT / part).glob("*.txt") if f.stem != "index")))


if __name__ == "__main__":
    main()
