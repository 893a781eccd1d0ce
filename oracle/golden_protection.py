"""What a caller demands of its tables: types whose server proves nothing, and $1, for aliases, virtual mailboxes and routes.

Cases whose name begins with `sqlite-` are recorded from Debian's 3.7.11 (postfix-sqlite), the rest from the Postfix that is asked for.
"""
import re
import socket
import sqlite3
import subprocess

from golden import Bench, settings_text, write
from golden_lookups import Scripted, netstring
from golden_log import lines
from instance import free_port, wait_port

COMMON = {
    "smtpd_reject_unlisted_recipient": "yes",
    "default_transport": "error:5.0.0 no route",
    "mydestination": "example.test",
    "mail_spool_directory": "{root}/spool",
    "virtual_mailbox_domains": "box.example",
    "virtual_mailbox_base": "{root}/boxes",
    "virtual_mailbox_maps": "inline:{{fixed@box.example=fixed/}}",
    "virtual_uid_maps": "static:65534", "virtual_gid_maps": "static:65534",
    "transport_maps": "inline:{{example.org=discard:}}",
}
# Of the key "x" the first rule makes the answer; the second is fixed.
RULES = {
    "routes": "/^(.*)\\.sub@peer\\.example$/ discard:sub $1\n/^fixed@peer\\.example$/ discard:fixed\n",
    "senders": "/^(.*)\\.sub@example\\.org$/ discard:sub $1\n/^fixed@example\\.org$/ discard:fixed\n",
    "relays": "/^(.*)\\.sub@example\\.org$/ [127.0.0.1]:$1\n/^fixed@example\\.org$/ [127.0.0.1]:9\n",
    "aliases": "/^sub-(.*)$/ $1\n/^fixed(@example\\.test)?$/ games\n",
    "mailboxes": "/^sub-(.*)@box\\.example$/ $1/\n/^fixed@box\\.example$/ fixed/\n",
    "ids": "/^sub-(.*)@box\\.example$/ $1\n/^fixed@box\\.example$/ 65534\n",
}
ROUTES = ["a.sub@peer.example", "fixed@peer.example", "other@peer.example"]
ALIASES = ["sub-games@example.test", "fixed@example.test", "nobody-at-all@example.test"]
MAILBOXES = ["sub-x@box.example", "fixed@box.example", "other@box.example"]
# What the servers that prove nothing say, so that the SMTP server finds the recipient.
FOUND = {"fixed": "games", "fixed@example.test": "games", "box.example": "listed", "fixed@box.example": "fixed/", "fixed@peer.example": "discard:fixed"}


class Replies(dict):
    """By request; another for all the rest."""

    def __init__(self, pairs, rest):
        super().__init__(pairs)
        self.rest = rest

    def get(self, request, _=None):
        return super().get(request, self.rest)


class Servers:
    """One of each kind."""

    def __init__(self):
        self.tcp = Scripted("line", ())
        self.tcp.replies = Replies(((b"get " + k.encode(), b"200 " + v.encode() + b"\n") for k, v in FOUND.items()), b"500 not here\n")
        self.sock = Scripted("netstring", ())
        self.sock.replies = Replies(((b"map " + k.encode(), netstring(b"OK " + v.encode())) for k, v in FOUND.items()), netstring(b"NOTFOUND "))
        self.mc = free_port()
        self.memcached = subprocess.Popen(["memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", str(self.mc), "-m", "8", "-t", "1"])
        wait_port(self.mc)
        with socket.create_connection(("127.0.0.1", self.mc)) as s:
            for k, v in FOUND.items():
                s.sendall(f"set {k} 0 0 {len(v)}\r\n{v}\r\n".encode())
                s.recv(100)
        self.ports = {"tcp": self.tcp.port, "sock": self.sock.port, "mc": self.mc}

    def fill(self, text):
        for name, port in self.ports.items():
            text = text.replace("{" + name + "}", str(port))
        return text

    def tidy(self, text):
        for name, port in self.ports.items():
            text = re.sub(rf"\b{port}\b", "{" + name + "}", text)
        return text

    def close(self):
        self.tcp.close()
        self.sock.close()
        self.memcached.terminate()
        self.memcached.wait()


TYPES = {
    "tcp": "tcp:127.0.0.1:{tcp}", "socketmap": "socketmap:inet:127.0.0.1:{sock}:map", "memcache": "memcache:{root}/memcache.cf", "regexp": "regexp:{root}/rules", "pcre": "pcre:{root}/rules",
    "proxy-tcp": "proxy:tcp:127.0.0.1:{tcp}", "proxy-regexp": "proxy:regexp:{root}/rules", "unionmap-tcp": "unionmap:{tcp:127.0.0.1:{tcp}}", "unionmap-regexp": "unionmap:{regexp:{root}/rules}",
    "pipemap-regexp": "pipemap:{regexp:{root}/rules}", "debug-regexp": "debug:regexp:{root}/rules", "memcache-backup": "memcache:{root}/backup.cf",
    # Whose parameter `domain` holds a rule with $1, or names a server.
    "domain-regexp": "sqlite:{root}/sqlite.cf", "domain-tcp": "sqlite:{root}/sqlite-tcp.cf",
}
FILES = {
    "memcache.cf": "memcache = inet:127.0.0.1:{mc}\n",
    "backup.cf": "memcache = inet:127.0.0.1:{mc}\nkey_format = none-%s\nbackup = regexp:{root}/rules\n",
    "sqlite.cf": "dbpath = {root}/db\nquery = SELECT value FROM t WHERE key = '%s'\ndomain = regexp:{root}/domains\n",
    "sqlite-tcp.cf": "dbpath = {root}/db\nquery = SELECT value FROM t WHERE key = '%s'\ndomain = tcp:127.0.0.1:{tcp}\n",
    "domains": "/^(.*)\\.example$/ in $1\n",
}
USE = {
    # parameter: rules, recipients, sender, other settings
    "transport_maps": ("routes", ROUTES, None, {}),
    "sender_dependent_default_transport_maps": ("senders", ["x@peer.example"], ["a.sub@example.org", "fixed@example.org"], {}),
    "sender_dependent_relayhost_maps": ("relays", ["x@peer.example"], ["9.sub@example.org", "fixed@example.org"], {"default_transport": "smtp", "relayhost": "[127.0.0.1]:9"}),
    "alias_maps": ("aliases", ALIASES, None, {"local_recipient_maps": "$alias_maps"}),
    "virtual_mailbox_maps": ("mailboxes", MAILBOXES, None, {}),
    "virtual_uid_maps": ("ids", ["sub-1@box.example", "fixed@box.example"], None, {"virtual_mailbox_maps": "static:fixed/"}),
    "virtual_gid_maps": ("ids", ["sub-1@box.example", "fixed@box.example"], None, {"virtual_mailbox_maps": "static:fixed/"}),
    "virtual_alias_maps": ("aliases", ALIASES[:2], None, {"local_recipient_maps": ""}),
}
ALL = [t for t in TYPES if not t.startswith("domain-")]
CASES = [
    *(("transport_maps", t) for t in ALL),
    ("sender_dependent_default_transport_maps", "regexp"), ("sender_dependent_default_transport_maps", "pcre"), ("sender_dependent_relayhost_maps", "regexp"),
    *(("alias_maps", t) for t in ALL if t != "memcache-backup"),
    *(("virtual_mailbox_maps", t) for t in ("tcp", "socketmap", "memcache", "regexp", "pcre", "unionmap-tcp", "proxy-regexp")),
    ("virtual_uid_maps", "memcache"), ("virtual_uid_maps", "regexp"), ("virtual_gid_maps", "tcp"), ("virtual_gid_maps", "pcre"),
    ("virtual_alias_maps", "regexp"), ("virtual_alias_maps", "tcp"),
    ("transport_maps", "domain-regexp"), ("virtual_mailbox_maps", "domain-regexp"), ("virtual_mailbox_maps", "domain-tcp"),
]
DATABASE = {"fixed@peer.example": "discard:fixed", "fixed@box.example": "fixed/"}


def interesting(b, seen):
    """Lines of the log that have come since, without what says nothing here."""
    wanted = r"warning:|fatal:|error:|to=<|reject:|lookup: "
    return [line for line in lines(b)[seen:] if re.search(wanted, line) and "to=<MAILER" not in line and "orig_to=<postmaster" not in line and not re.search(r"to=<\S+@example\.org>|file system clock|resetting file time", line)]


def one(prefix, parameter, kind, servers):
    rules, recipients, senders, more = USE[parameter]
    settings = {**more, parameter: TYPES[kind]}
    with_ports = {k: servers.fill(v) for k, v in {**COMMON, **settings}.items()}
    b = Bench(prefix, with_ports)
    root = b.postfix.root
    for d in ("boxes", "spool"):
        (root / d).mkdir(parents=True)
        (root / d).chmod(0o1777)
    root.chmod(0o755)
    used = {"rules": RULES[rules]} if "{root}/rules" in settings[parameter] or kind == "memcache-backup" else {}
    used |= {name: text for name, text in FILES.items() if "{root}/" + name in settings[parameter]}
    if kind == "domain-regexp":
        used["domains"] = FILES["domains"]
    for name, text in used.items():
        (root / name).write_text(servers.fill(text.replace("{root}", str(root))))
    if kind.startswith("domain-"):
        with sqlite3.connect(root / "db") as db:
            db.execute("CREATE TABLE t (key TEXT, value TEXT)")
            db.executemany("INSERT INTO t VALUES (?, ?)", DATABASE.items())
        (root / "db").chmod(0o644)
    with b:
        sections = [("settings", settings_text(settings))] + [("file " + name, text) for name, text in used.items()]
        seen = len(lines(b))
        for sender in senders or ["sender@example.org"]:
            for rcpt in recipients:
                answers = b.smtp(f"<{sender}>", [f"<{rcpt}>"], "Subject: x\n\nx\n")
                b.settle(0.3)
                sections.append(("mail", f"{sender} {rcpt}"))
                # greeting, EHLO's lines and MAIL come first
                rcpt_reply = next(x for x in answers[[a.startswith("250 2.1.0") for a in answers].index(True) + 1:])
                sections.append(("reply", b.clean(rcpt_reply)))
                found = interesting(b, seen)
                seen = len(lines(b))
                sections.append(("log", servers.tidy("\n".join(found))))
                b.postfix.purge()
        name = f"{parameter}-{kind}"
        write("protection", ("sqlite-" if kind.startswith("domain-") else "") + name, sections)


def record(prefix):
    servers = Servers()
    try:
        for parameter, kind in CASES:
            if kind.startswith("debug") and not prefix:
                continue    # since 3.8
            one("" if kind.startswith("domain-") else prefix, parameter, kind, servers)
    finally:
        servers.close()
