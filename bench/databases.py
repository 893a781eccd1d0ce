# SPDX-License-Identifier: Apache-2.0
"""Private database servers from Debian's packages for bench/lookup: loopback, data in a folder of their own, an unprivileged user, none of the machine's services.

Each is a context manager that has the rows when it is entered, knows its table file for Ostler and Postfix alike, and is gone when it is left.
"""
import contextlib, os, pathlib, re, shutil, signal, socket, sqlite3, subprocess, time

from load import ended, wait_port

LIMIT = 120         # seconds for installing and filling
READY = 60          # for the start
CHUNK = 1_000       # rows of one INSERT


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Private:
    """Life of one server. A subclass says its user, how its data are made, how it is started, asked whether it is there, and filled."""
    name, user, programs = "", "root", ()
    asking = signal.SIGTERM

    def __init__(self, work, rows):
        """rows: of (key, value)"""
        self.dir, self.rows, self.port, self.proc = work / self.name, rows, free_port(), None
        self.table = f"{self.name}:{work / self.name}.cf"
        self.file = work / f"{self.name}.cf"

    @classmethod
    def missing(cls):
        return [program for program in cls.programs if not shutil.which(program)]

    def __enter__(self):
        with contextlib.ExitStack() as ends:
            ends.callback(self.stop)
            self.dir.mkdir(mode=0o755)
            self.dir.chmod(0o755)
            self.install()
            command = self.command()
            if command:
                with open(self.dir / "server.log", "ab") as log:
                    self.proc = subprocess.Popen(self.as_user(command), cwd=self.dir, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
                self.await_ready()
            self.fill()
            self.file.write_text(self.lines())
            ends.pop_all()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.proc:
            ended(self.proc, self.asking)
        shutil.rmtree(self.dir, ignore_errors=True)

    def as_user(self, command):
        """The server's own user where we are root; what it finds in its folder belongs to it."""
        if os.geteuid():
            return command
        for at in (self.dir, *self.dir.rglob("*")):
            shutil.chown(at, self.user, self.user)
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups", "--", *map(str, command)]

    def once(self, command, text=""):
        done = subprocess.run([str(x) for x in command], cwd=self.dir, input=text, text=True, capture_output=True, timeout=LIMIT)
        if done.returncode:
            raise SystemExit(f"{' '.join(map(str, command))}: status {done.returncode}\n{(done.stdout + done.stderr)[-2000:]}")

    def probe(self):
        """A command that succeeds when the server is there; None: it is there when its port is."""
        return None

    def await_ready(self):
        end = time.monotonic() + READY
        if not (probe := self.probe()):
            return wait_port(self.port, READY)
        while subprocess.run(probe, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=READY).returncode:
            if time.monotonic() > end or self.proc.poll() is not None:
                raise SystemExit(f"{self.name} does not start:\n{(self.dir / 'server.log').read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)

    def statements(self):
        """SQL that makes table t of the rows."""
        yield "CREATE TABLE t (k varchar(100) PRIMARY KEY, v varchar(100));\n"
        for i in range(0, len(self.rows), CHUNK):
            yield "INSERT INTO t VALUES " + ",".join(f"('{k}','{v}')" for k, v in self.rows[i:i + CHUNK]) + ";\n"

    def install(self):
        pass

    def command(self):
        return None

    def fill(self):
        pass


QUERY = "query = SELECT v FROM t WHERE k = '%s'\n"


class Postgres(Private):
    name, user, programs = "pgsql", "postgres", ("psql", "setpriv")
    asking = signal.SIGINT                                      # waits for no session

    def bin(self, program):
        """Debian keeps programs of the server in a folder for each version."""
        return max(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda file: int(file.parent.parent.name), default=program)

    @classmethod
    def missing(cls):
        return super().missing() or ([] if list(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres")) else ["postgres"])

    def install(self):
        self.once(self.as_user([self.bin("initdb"), "-D", self.dir / "data", "-U", "mail", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]))

    def command(self):
        return [self.bin("postgres"), "-D", self.dir / "data", "-p", self.port, "-k", self.dir, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "dynamic_shared_memory_type=mmap"]

    def probe(self):
        return [self.bin("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]

    def fill(self):
        self.once(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", self.port, "-U", "mail", "postgres"], "".join(self.statements()) + "ANALYZE t;\n")

    def lines(self):
        return f"hosts = 127.0.0.1:{self.port}\ndbname = postgres\nuser = mail\npassword = none\n" + QUERY


class Mariadb(Private):
    name, user, programs = "mysql", "mysql", ("mariadbd", "mariadb", "mariadb-admin", "mariadb-install-db", "setpriv")

    def install(self):
        self.once(self.as_user(["mariadb-install-db", "--no-defaults", f"--datadir={self.dir / 'data'}", "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]))

    def command(self):
        return ["mariadbd", "--no-defaults", f"--datadir={self.dir / 'data'}", f"--socket={self.dir / 's'}", f"--port={self.port}", "--bind-address=127.0.0.1", f"--pid-file={self.dir / 'pid'}",
                "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve", "--performance-schema=OFF"]

    def client(self, program, *more):
        return [program, "--no-defaults", "-h", "127.0.0.1", "-P", str(self.port), "-u", "root", *more]

    def probe(self):
        return self.client("mariadb-admin", "ping")

    def fill(self):
        self.once(self.client("mariadb"), "CREATE DATABASE m CHARACTER SET utf8mb4;\nUSE m;\n" + "".join(self.statements()))

    def log_on(self):
        """From now on every query is a line in general.log."""
        self.once(self.client("mariadb"), f"SET GLOBAL general_log_file = '{self.dir / 'general.log'}';\nSET GLOBAL general_log = ON;\n")

    def keys_asked(self):
        return re.findall(r"WHERE k = '([^']*)'", (self.dir / "general.log").read_text(errors="replace"))

    def lines(self):
        return f"hosts = 127.0.0.1:{self.port}\ndbname = m\nuser = root\npassword =\noption_group =\n" + QUERY


class Sqlite(Private):
    name = "sqlite"

    def fill(self):
        with contextlib.closing(sqlite3.connect(self.dir / "db")) as db:
            db.executescript("BEGIN;" + "".join(self.statements()) + "COMMIT;")

    def lines(self):
        return f"dbpath = {self.dir / 'db'}\n" + QUERY


class Slapd(Private):
    name, user, programs = "ldap", "openldap", ("slapd", "slapadd", "ldapsearch", "setpriv")
    BASE = "ou=people,dc=example,dc=test"

    def install(self):
        (self.dir / "store").mkdir()
        schemas = "".join(f"include /etc/ldap/schema/{name}.schema\n" for name in ("core", "cosine", "inetorgperson"))
        # slapd asks for objectClass=referral beside each filter: without an index on it every search reads every entry.
        (self.dir / "slapd.conf").write_text(f"{schemas}modulepath /usr/lib/ldap\nmoduleload back_mdb\nthreads 16\ndatabase mdb\nmaxsize 1073741824\nsuffix dc=example,dc=test\ndirectory {self.dir / 'store'}\n"
                                             "index objectClass,mail eq\n")
        with open(self.dir / "data.ldif", "w") as out:
            out.write("dn: dc=example,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: example\n\n"
                      f"dn: {self.BASE}\nobjectClass: organizationalUnit\nou: people\n\n")
            for key, value in self.rows:
                name = key.partition("@")[0]
                out.write(f"dn: cn={name},{self.BASE}\nobjectClass: inetOrgPerson\ncn: {name}\nsn: x\nmail: {key}\ndescription: {value}\n\n")
        self.once(self.as_user(["slapadd", "-q", "-f", self.dir / "slapd.conf", "-l", self.dir / "data.ldif"]))

    def url(self):
        return f"ldap://127.0.0.1:{self.port}"

    def command(self):
        return ["slapd", "-d", "0", "-f", self.dir / "slapd.conf", "-h", self.url()]

    def searching(self, keys):
        """OpenLDAP's own client with the same questions."""
        return ["ldapsearch", "-x", "-LLL", "-H", self.url(), "-b", self.BASE, "-f", str(keys), "(mail=%s)", "description"]

    def lines(self):
        return f"server_host = {self.url()}\nversion = 3\nsearch_base = {self.BASE}\nquery_filter = (mail=%s)\nresult_attribute = description\n"


class Memcached(Private):
    name, user, programs = "memcache", "nobody", ("memcached",)

    def as_user(self, command):
        return command                                          # it becomes the user by itself, and keeps no files

    def command(self):
        return ["memcached", "-l", "127.0.0.1", "-p", str(self.port), "-U", "0", "-m", "128", *([] if os.geteuid() else ["-u", self.user])]

    def fill(self):
        with socket.create_connection(("127.0.0.1", self.port), READY) as s, s.makefile("rb") as answers:
            for key, value in self.rows:
                s.sendall(f"set {key} 0 0 {len(value)}\r\n{value}\r\n".encode())
                if answers.readline() != b"STORED\r\n":
                    raise SystemExit("memcached does not take a row")

    def lines(self):
        return f"memcache = inet:127.0.0.1:{self.port}\n"
