# SPDX-License-Identifier: Apache-2.0
"""The two servers that are compared: a private Postfix, and Ostler from its distribution, with main.cf of the same meaning."""
import os, pathlib, shutil, socket, subprocess, time

from load import TICK, stat_fields, wait_port

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Server:
    """Settings, folders and life of one instance below a folder of its own."""
    name = ""

    def __init__(self, work, port, sink, **settings):
        self.root, self.port, self.pid = work, port, None
        self.etc, self.queue = work / "etc", work / "queue"
        self.main = {
            "compatibility_level": "3.6",
            "queue_directory": self.queue,
            "data_directory": work / "data",
            "maillog_file": work / "log/maillog",
            "maillog_file_prefixes": work,
            "mail_owner": "postfix",
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "myhostname": "bench.example.test",
            "mydestination": "", "alias_maps": "", "alias_database": "", "local_recipient_maps": "",
            "mynetworks": "127.0.0.0/8",
            "relayhost": f"[127.0.0.1]:{sink}",
            "disable_dns_lookups": "yes",
            "smtp_tls_security_level": "none", "smtpd_tls_security_level": "none",
            "message_size_limit": "104857600",
            "mailbox_size_limit": "0",
            **settings,
        }

    def write_main(self):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                raise SystemExit(f"port {self.port} is taken: another run's server would be measured")
        shutil.rmtree(self.root, ignore_errors=True)
        for d in ("etc", "data", "log", "queue"):
            (self.root / d).mkdir(parents=True)
        (self.etc / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in self.main.items()))

    def banner(self, limit=60):
        """Waits for the 220. Returns the moment."""
        end = time.monotonic() + limit
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 5) as s:
                    if s.recv(512).startswith(b"220"):
                        now = time.time()
                        s.sendall(b"QUIT\r\n")
                        s.recv(512)
                        return now
            except OSError:
                pass
            if time.monotonic() > end:
                raise SystemExit(f"{self.name} does not greet on port {self.port}")
            time.sleep(0.01)

    def read_pid(self):
        self.pid = int((self.queue / "pid/master.pid").read_text())

    def remove(self):
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)


class Postfix(Server):
    """Debian's Postfix on folders of its own; the machine's own one is not touched."""
    name = "Postfix"

    def write(self):
        self.write_main()
        shutil.chown(self.root / "data", "postfix")
        rows = []
        for line in pathlib.Path("/etc/postfix/master.cf.proto").read_text().splitlines():
            if not line or line.startswith("#"):
                continue
            if not line[0].isspace():
                f = line.split(None, 7)
                f[4] = "n"                                       # no chroot
                if f[:2] == ["smtp", "inet"]:
                    f[0] = f"127.0.0.1:{self.port}"
                line = " ".join(f)
            rows.append(line)
        rows.append("tlsproxy unix - - n - 0 tlsproxy")        # keeps TLS connections; commented out in Debian's file
        (self.etc / "master.cf").write_text("\n".join(rows) + "\n")

    def run(self, program, *args, **kw):
        return subprocess.run([program, "-c", self.etc, *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **kw)

    def start(self):
        self.write()
        t0 = time.time()
        self.run("postfix", "start", check=True)
        self.first_banner = self.banner() - t0
        self.read_pid()
        return self

    def stop(self):
        self.run("postfix", "stop")

    def purge(self):
        self.run("postsuper", "-d", "ALL")

    def drained(self):
        """Removed from the queue is what has left active and incoming; looked at until there is nothing."""
        end = time.monotonic() + 60
        while any(files for q in ("incoming", "active", "deferred") for _, _, files in os.walk(self.queue / q)):
            if time.monotonic() > end:
                raise SystemExit("Postfix's queue does not become empty")
            time.sleep(0.02)

    def command(self, name, *args):
        return [name, "-C" if name == "sendmail" else "-c", str(self.etc), *args]


class Ostler(Server):
    """Ostler from the distribution, started by its launcher as an operator would."""
    name = "Ostler"
    java_opts = None

    def write(self):
        self.write_main()
        rows = [f"127.0.0.1:{self.port} inet n - n - - smtpd"]
        rows += [f"{name} unix - - n - - {program}" for name, program in (
            ("pickup", "pickup"), ("cleanup", "cleanup"), ("qmgr", "qmgr"), ("bounce", "bounce"), ("defer", "bounce"),
            ("trace", "bounce"), ("smtp", "smtp"), ("relay", "smtp"), ("local", "local"), ("virtual", "virtual"),
            ("discard", "discard"), ("error", "error"), ("retry", "retry"))]
        (self.etc / "master.cf").write_text("\n".join(rows) + "\n")
        for d in ("data", "log", "queue"):
            shutil.chown(self.root / d, "postfix")

    def ostler(self, *args, **kw):
        env = dict(os.environ)
        env.pop("MAIL_CONFIG", None)
        if self.java_opts:
            env["OSTLER_JAVA_OPTS"] = self.java_opts
        return subprocess.run([ROOT / "ostler", *args], env=env, stdin=subprocess.DEVNULL, **kw)

    def start(self, fresh=True):
        if fresh:
            self.write()
        starter = subprocess.Popen([ROOT / "ostler", "start", "-c", self.etc], stdin=subprocess.DEVNULL,
                                   env={**os.environ, **({"OSTLER_JAVA_OPTS": self.java_opts} if self.java_opts else {})})
        answered = self.banner(180)
        if starter.wait():
            raise SystemExit("ostler start failed")
        self.read_pid()
        uptime = float(pathlib.Path("/proc/uptime").read_text().split()[0])
        age_now = uptime - int(stat_fields(self.pid)[19]) / TICK
        self.first_banner = age_now - (time.time() - answered)
        return self

    def stop(self):
        self.ostler("stop", "-c", self.etc)

    def purge(self):
        self.ostler("postsuper", "-c", self.etc, "-d", "ALL", stderr=subprocess.DEVNULL, check=True)

    def drained(self):
        """A message leaves the queue when its result is known: nothing more to wait for than the next group of removals."""
        time.sleep(0.1)

    def command(self, name, *args):
        return [str(ROOT / "ostler"), name, "-C" if name == "sendmail" else "-c", str(self.etc), *args]
