# SPDX-License-Identifier: Apache-2.0
"""Accounting and load: processor time and memory of a process tree, smtp-source and smtp-sink.

Only loopback, bounded counts and times, and only processes that were started here are ended.
"""
import os, pathlib, re, resource, shutil, signal, socket, subprocess, threading, time

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
TIMEOUT = 600
STALL = 30
GRACE = 20


def stat_fields(pid):
    """/proc/PID/stat from the state on: [0] state, [1] ppid, [11..14] times, [19] start"""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text[text.rindex(")") + 2:].split()


def tree(root):
    """A process and all of its descendants."""
    kids = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (f := stat_fields(name)):
            kids.setdefault(int(f[1]), []).append(int(name))
    out, todo = [], [root]
    while todo:
        p = todo.pop()
        out.append(p)
        todo += kids.get(p, [])
    return out


def cpu_seconds(root):
    """(user, sys) of the tree, children already waited for included."""
    user = system = 0
    for p in tree(root):
        if f := stat_fields(p):
            user += int(f[11]) + int(f[13])
            system += int(f[12]) + int(f[14])
    return user / TICK, system / TICK


def switches(root):
    """Context switches of all threads of the tree: (voluntary, involuntary)."""
    wanted = unwanted = 0
    for p in tree(root):
        for status in pathlib.Path(f"/proc/{p}/task").glob("*/status"):
            try:
                text = status.read_text()
            except OSError:
                continue
            wanted += int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", text).group(1))
            unwanted += int(re.search(r"\nnonvoluntary_ctxt_switches:\s+(\d+)", text).group(1))
    return wanted, unwanted


def memory(root):
    """Proportional set size of the tree in MiB: shared pages are counted once."""
    total = 0
    for p in tree(root):
        try:
            text = pathlib.Path(f"/proc/{p}/smaps_rollup").read_text()
        except OSError:
            continue
        if m := re.search(r"^Pss:\s+(\d+)", text, re.M):
            total += int(m.group(1)) / 1024
    return total


class Sampler(threading.Thread):
    """Peak memory, looked at once a second and once at the end."""

    def __init__(self, root):
        super().__init__(daemon=True)
        self.root, self.peak, self.halt = root, 0, threading.Event()

    def run(self):
        while not self.halt.wait(1.0):
            self.peak = max(self.peak, memory(self.root))

    def finish(self):
        self.halt.set()
        self.join()
        return max(self.peak, memory(self.root))


def ended(proc, asking=signal.SIGTERM):
    """Asks a process to end, and ends it where it does not within GRACE seconds. A server that forks sees to its children when it is asked."""
    if proc.poll() is None:
        proc.send_signal(asking)
    try:
        proc.wait(GRACE)
    except subprocess.TimeoutExpired:
        proc.kill()
        proc.wait(GRACE)


class Sink:
    """smtp-sink with its running counter."""

    def __init__(self, port, work):
        self.port, self.keys = port, work / "sink.p12"
        self.out = open(work / f"sink-{port}.count", "wb+")
        self.proc = None
        try:
            self.proc = subprocess.Popen(self.program(), stdout=self.out, stderr=subprocess.DEVNULL)
            wait_port(port)
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def program(self):
        return ["smtp-sink", "-4", "-c", "-u", "nobody", "-m", "1500", f"127.0.0.1:{self.port}", "1000"]

    def last(self, word):
        size = os.fstat(self.out.fileno()).st_size
        tail = os.pread(self.out.fileno(), 200, max(0, size - 200))
        found = re.findall(word + rb"=(\d+)[ \r\n]", tail)
        return int(found[-1]) if found else 0

    def count(self):
        return self.last(b"mesg")

    def handshakes(self):
        """0 where mail comes in the clear."""
        return 0

    def stop(self):
        """Leaves nothing in the work folder: what is left there when all is done is what somebody should look at."""
        if self.proc:
            ended(self.proc)
        self.out.close()
        for file in (pathlib.Path(self.out.name), self.keys):
            file.unlink(missing_ok=True)


def jdk():
    """The first JDK 25 or later, in the order of ./ostler: JAVA_HOME, PATH, the usual folders. A tool of an older one on PATH must not be met half way through a run."""
    on_path = shutil.which("javac")
    places = [os.environ.get("JAVA_HOME"), on_path and pathlib.Path(on_path).resolve().parent.parent, *sorted(pathlib.Path("/usr/lib/jvm").glob("*"), reverse=True)]
    for home in (pathlib.Path(place) for place in places if place):
        release = home / "release"
        version = re.search(r'JAVA_VERSION="(\d+)', release.read_text()) if release.is_file() and (home / "bin/javac").exists() else None
        if version and int(version[1]) >= 25:
            return home
    raise SystemExit("no JDK 25 in JAVA_HOME, on PATH or in /usr/lib/jvm")


class TlsSink(Sink):
    """The same over STARTTLS, in Java: smtp-sink does not speak it."""

    def program(self):
        home = jdk() / "bin"
        self.keys.unlink(missing_ok=True)
        subprocess.run([home / "keytool", "-genkeypair", "-keystore", self.keys, "-storetype", "PKCS12", "-storepass", "sinksink", "-alias", "sink",
                        "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=sink.example.test", "-validity", "10"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return [home / "java", "-Xmx128m", "-XX:+UseSerialGC", pathlib.Path(__file__).parent / "src/main/java/org/ostler/bench/TlsSink.java", str(self.port), self.keys]

    def handshakes(self):
        return self.last(b"sess")


def wait_port(port, limit=60):
    end = time.monotonic() + limit
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            if time.monotonic() > end:
                raise SystemExit(f"nothing listens on 127.0.0.1:{port}")
            time.sleep(0.02)


def source(port, count, size, sessions, keep):
    """Runs smtp-source once. Returns (wall seconds, its processor seconds)."""
    cmd = ["smtp-source", "-4", "-s", str(sessions), "-m", str(count), "-l", str(size),
           "-f", "sender@example.org", "-t", "rcpt@example.net", "-C", "10"]
    if keep:
        cmd.append("-d")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    t0 = time.monotonic()
    p = subprocess.run(cmd + [f"127.0.0.1:{port}"], stderr=subprocess.PIPE, timeout=TIMEOUT)
    wall = time.monotonic() - t0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if p.returncode:
        raise SystemExit(f"smtp-source to port {port}: {p.stderr.decode()[-400:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def one(server, sink, size, sessions, count, keep):
    """One round, with a sink until it has every message. Returns the figures."""
    sampler = Sampler(server.pid)
    cpu0, sw0 = cpu_seconds(server.pid), switches(server.pid)
    base, shaken = (sink.count(), sink.handshakes()) if sink else (0, 0)
    sampler.start()
    t0 = time.monotonic()
    wall, client = source(server.port, count, size, sessions, keep)
    if sink:
        wall = arrival(sink, base, count, t0)
        server.drained()
    cpu1, sw1 = cpu_seconds(server.pid), switches(server.pid)
    peak = sampler.finish()
    user, system = cpu1[0] - cpu0[0], cpu1[1] - cpu0[1]
    return {"rate": count / wall, "cpu": 1e6 * (user + system) / count, "user": 1e6 * user / count,
            "sys": 1e6 * system / count, "client": 1e6 * client / count, "peak": peak,
            "switches": (sw1[0] - sw0[0]) / count, "cores": (user + system) / wall,
            "handshakes": sink.handshakes() - shaken if sink else 0}


def arrival(sink, base, count, t0):
    """Waits until the sink has all. Returns the seconds since t0."""
    seen, last = base, time.monotonic()
    while (got := sink.count()) - base < count:
        now = time.monotonic()
        if got != seen:
            seen, last = got, now
        if now - last > STALL or now - t0 > TIMEOUT:
            raise SystemExit(f"the sink has {got - base} of {count} messages")
        time.sleep(0.02)
    return time.monotonic() - t0


def flush_cost(directory, rounds=200):
    """Microseconds that a flush of 4 KB takes here: what a disk costs both servers."""
    path = directory / "flush"
    fd = os.open(path, os.O_CREAT | os.O_WRONLY)
    times = []
    for i in range(rounds):
        os.pwrite(fd, b"x" * 4096, i * 4096)
        t0 = time.monotonic()
        os.fdatasync(fd)
        times.append(time.monotonic() - t0)
    os.close(fd)
    path.unlink()
    return 1e6 * sorted(times)[rounds // 2]
