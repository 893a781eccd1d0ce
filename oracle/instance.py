"""A private Postfix: own configuration, queue, data and log below one directory, loopback only, never the system's service."""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

ROW = "{port} inet n - n - - smtpd"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_port(port, limit=20):
    end = time.monotonic() + limit
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise RuntimeError(f"nothing listens on 127.0.0.1:{port}")
            time.sleep(0.02)


class Postfix:
    """prefix: where Postfix is installed ("" = Debian's package); root: directory for this instance, removed by clean()"""

    def __init__(self, root, settings, prefix="", rows=()):
        self.root = pathlib.Path(root)
        self.prefix = prefix
        self.etc, self.queue, self.log = self.root / "etc", self.root / "queue", self.root / "log/maillog"
        self.port = free_port()
        self.rows = rows
        self.settings = {
            "queue_directory": self.queue,
            "data_directory": self.root / "data",
            "maillog_file": self.log,
            "maillog_file_prefixes": self.root,
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "alias_maps": "",
            "alias_database": "",
            "disable_dns_lookups": "yes",
            **settings,
        }

    def command(self, name):
        return f"{self.prefix}/sbin/{name}" if self.prefix else f"/usr/sbin/{name}"

    def version(self):
        return self.run("postconf", "-h", "-d", "mail_version").stdout.strip()

    def run(self, name, *args, **kw):
        return subprocess.run([self.command(name), "-c", str(self.etc), *map(str, args)],
                              capture_output=True, text=True, errors="replace", timeout=60, **kw)

    def write(self):
        for d in ("etc", "data", "log", "queue"):
            (self.root / d).mkdir(parents=True, exist_ok=True)
        os.chmod(self.root, 0o755)
        shutil.chown(self.root / "data", "postfix")
        if not self.prefix:
            known = subprocess.run(["postconf", "-d", "-H"], capture_output=True, text=True).stdout.split()
            # 3.7 warns about names that it does not know yet; they are 3.12's way to say what 3.7 does anyway.
            self.settings = {k: v for k, v in self.settings.items() if k in known or not k.startswith(("smtpd_", "requiretls_"))}
        (self.etc / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in self.settings.items()))
        proto = pathlib.Path(self.prefix + "/etc/master.cf.proto" if self.prefix else "/etc/postfix/master.cf.proto")
        master = []
        for line in proto.read_text().splitlines():
            if not line or line.startswith("#"):
                continue
            if not line[0].isspace():
                f = line.split(None, 7)
                f[4] = "n"
                if f[:2] == ["smtp", "inet"]:
                    f[0] = f"127.0.0.1:{self.port}"
                line = " ".join(f)
            master.append(line)
        (self.etc / "master.cf").write_text("\n".join([*master, *self.rows]) + "\n")

    def start(self):
        self.write()
        r = self.run("postfix", "start")
        if r.returncode:
            raise RuntimeError(f"postfix start: {r.stdout}{r.stderr}{self.log.read_text() if self.log.exists() else ''}")
        wait_port(self.port)
        return self

    def stop(self):
        self.run("postfix", "stop")

    def clean(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def ids(self, *queues):
        found = []
        for q in queues or ("incoming", "active", "deferred", "hold"):
            for d, _, files in os.walk(self.queue / q):
                for f in files:
                    try:
                        found.append((os.stat(f"{d}/{f}").st_ctime, f))
                    except FileNotFoundError:   # moved to the next queue meanwhile
                        pass
        return [f for _, f in sorted(found)]

    def settle(self, limit=5):
        """Waits until nothing is in incoming or active."""
        end = time.monotonic() + limit
        while self.ids("incoming", "active", "maildrop") and time.monotonic() < end:
            time.sleep(0.05)

    def messages(self):
        """(sender, recipients, content bytes) of what is queued, oldest first"""
        self.settle()
        out = []
        for q in self.ids():
            env = self.run("postcat", "-qe", q).stdout
            raw = subprocess.run([self.command("postcat"), "-c", str(self.etc), "-qbh", q], capture_output=True).stdout
            sender = re.search(r"^sender: ?(.*)$", env, re.M)
            out.append((sender.group(1) if sender else "", re.findall(r"^recipient: (.*)$", env, re.M), raw))
        return out

    def purge(self):
        self.run("postsuper", "-d", "ALL")
