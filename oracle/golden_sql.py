"""pgsql, mysql and sqlite tables: what postmap -q answers, on private servers with the same rows.

Needs postgresql, mariadb-server, sqlite3 and Debian's postfix-pgsql, postfix-mysql and postfix-sqlite. A recording holds the statements that make the rows, then for each table
its parameters without those of the connection, and the answers. Test keys and templates are in CASES; the Java side (SqlRecordedTest) plays the recordings against its own servers.
"""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from golden import Bench, write
from instance import free_port

ROWS = r"""CREATE TABLE aliases (k varchar(300), u varchar(200), d varchar(200), v varchar(300), w varchar(300))
INSERT INTO aliases VALUES ('bob@example.org', 'bob', 'example.org', 'bob@mail.example.org', 'second')
INSERT INTO aliases VALUES ('alice@example.org', 'alice', 'example.org', 'alice@mail.example.org', NULL)
INSERT INTO aliases VALUES ('carol@sub.example.com', 'carol', 'sub.example.com', 'carol', 'x')
INSERT INTO aliases VALUES ('many', 'many', '', 'one@a.example', 'two@b.example')
INSERT INTO aliases VALUES ('many', 'many', '', 'three', 'four@c.example')
INSERT INTO aliases VALUES ('null', 'null', '', NULL, NULL)
INSERT INTO aliases VALUES ('empty', 'empty', '', '', '')
INSERT INTO aliases VALUES ('halfempty', 'halfempty', '', '', 'rest')
INSERT INTO aliases VALUES ('@example.net', '', 'example.net', 'catchall@mail.example.net', NULL)
INSERT INTO aliases VALUES ('o''brien@example.org', 'o''brien', 'example.org', 'quote', NULL)
INSERT INTO aliases VALUES ('back\slash@example.org', 'back\slash', 'example.org', 'backslash', NULL)
INSERT INTO aliases VALUES ('trail\', 'trail\', '', 'trailing', NULL)
INSERT INTO aliases VALUES ('"q q"@example.org', '"q q"', 'example.org', 'double', NULL)
INSERT INTO aliases VALUES ('per%s%%cent', 'per%s%%cent', '', 'percent%d', NULL)
INSERT INTO aliases VALUES ('grün@example.org', 'grün', 'example.org', 'grün@mail.example.org', NULL)
INSERT INTO aliases VALUES ('what?@example.org', 'what?', 'example.org', 'question', NULL)
CREATE TABLE numbers (n integer, v varchar(20), b boolean, f double precision, m numeric(10,2), t date)
INSERT INTO numbers VALUES (5, 'five', true, 1.5, 12.30, '2026-01-05')
INSERT INTO numbers VALUES (-7, 'minus', false, 1e20, 0, '1999-12-31')"""
EXTRA = {
    "pgsql": r"""CREATE FUNCTION find(text) RETURNS SETOF text AS 'SELECT v FROM aliases WHERE k = $1' LANGUAGE sql
CREATE FUNCTION fails(text) RETURNS text AS $$BEGIN RAISE EXCEPTION 'no % today', $1; END$$ LANGUAGE plpgsql""",
    "mysql": r"""CREATE PROCEDURE lookup(IN p VARCHAR(255)) READS SQL DATA SELECT v FROM aliases WHERE k = p
CREATE PROCEDURE nothing(IN p VARCHAR(255)) SET @x = p
CREATE PROCEDURE twice(IN p VARCHAR(255)) BEGIN SELECT v FROM aliases WHERE k = p; SELECT w FROM aliases WHERE k = p; END""",
    "sqlite": "",
}
KEYS = ["bob@example.org", "BOB@Example.ORG", "alice@example.org", "carol@sub.example.com", "many", "null", "empty", "halfempty", "@example.net", "x@example.net", "o'brien@example.org", "back\\slash@example.org",
        "trail\\", '"q q"@example.org', "per%s%%cent", "grün@example.org", "what?@example.org", "nobody@example.org", "bob", "example.org", "bob@", "'; DROP TABLE aliases; --", "' OR '1'='1", "x' UNION SELECT v FROM aliases WHERE 'a'='a",
        "\\' OR 1=1 -- ", "\" OR \"\"=\"", "$$ OR 1=1", "a@b@example.org", "k" * 1000, "a b", "a\tb", "?", ":x", "@x..example.org"]
NUMBERS = ["5", "-7", "05", " 5", "five", "5 OR 1=1", "0", "n", "1e0"]
SIMPLE = "query = SELECT v FROM aliases WHERE k='%s'"
# name, parameters, keys, types
CASES = [
    ("whole", SIMPLE, KEYS, ""),
    ("parts", "query = SELECT v FROM aliases WHERE u = '%u' AND d = '%d'", KEYS, ""),
    ("upper", "query = SELECT v FROM aliases WHERE u = '%U' AND d = '%D' AND k = '%S'", KEYS, ""),
    ("labels", "query = SELECT v FROM aliases WHERE d = '%3.%2.%1'", KEYS, ""),
    ("mixed", "query = SELECT v FROM aliases WHERE k = '%u@%d'", KEYS, ""),
    ("like", "query = SELECT v FROM aliases WHERE k LIKE '%%@%d' ORDER BY k", ["x@example.net", "x@sub.example.com", "x@none.example", "x@", "x@%", "x@o'x"], ""),
    ("columns", "query = SELECT v, w FROM aliases WHERE k='%s' ORDER BY v", KEYS[:10], ""),
    ("format", SIMPLE + "\nresult_format = smtp:[%s]", KEYS[:14], ""),
    ("format-parts", SIMPLE + "\nresult_format = %u at %d", KEYS[:10], ""),
    ("format-key", SIMPLE + "\nresult_format = %s<%S>%U%%%D.%2.%1", KEYS[:14], ""),
    ("limit", "query = SELECT v FROM aliases WHERE u = '%s' OR d = '%s' ORDER BY k\nexpansion_limit = 1", ["bob", "many", "null", "example.net", "none"], ""),
    ("limit-columns", "query = SELECT v, w FROM aliases WHERE k = '%s'\nexpansion_limit = 3", ["bob@example.org", "many", "halfempty"], ""),
    ("domain", SIMPLE + "\ndomain = example.org, sub.example.com", KEYS[:24], ""),
    ("legacy", "table = aliases\nselect_field = v\nwhere_field = k\nadditional_conditions = AND w IS NULL", KEYS[:16], ""),
    ("legacy-incomplete", "table = aliases\nselect_field = v", ["bob"], ""),
    ("legacy-beside-empty", "query =\ntable = aliases\nselect_field = v\nwhere_field = k", ["bob@example.org", "nobody@example.org"], ""),
    ("legacy-without-table", "query =", ["bob"], ""),
    ("constant", "query = SELECT 'x?y' FROM aliases WHERE k = '%s'", ["bob@example.org", "none"], ""),
    ("selected", "query = SELECT '%s'", KEYS, ""),
    ("expression", "query = SELECT v FROM aliases WHERE k = lower('%s') AND length('%u') > 2", KEYS, ""),
    ("in", "query = SELECT v FROM aliases WHERE k IN ('%s', '%u') ORDER BY v", KEYS[:20], ""),
    ("case", "query = SELECT CASE WHEN '%s' = 'bob' THEN 'yes' ELSE 'no' END", ["bob", "x", "o'x"], ""),
    ("empty-key", SIMPLE, [""], ""),
    ("empty-key-domain", SIMPLE + "\ndomain = example.org", [""], ""),
    ("step", "query = SELECT abs(-9223372036854775808) FROM aliases WHERE k = '%s'", ["o'brien@example.org", "nobody@example.org"], "sqlite"),
    ("number", "query = SELECT v FROM numbers WHERE n = '%s'", NUMBERS, ""),
    ("number-bare", "query = SELECT v FROM numbers WHERE n = %s", ["5", "05", "0", "five", "1e0"], ""),
    ("bad-column", "query = SELECT nosuch FROM aliases WHERE k='%s'", ["bob@example.org"], ""),
    ("bad-template", "query = SELECT v FROM aliases WHERE k='%x'", ["bob@example.org"], ""),
    ("no-rows-statement", "query = SELECT v FROM aliases WHERE 1 = 0", ["bob"], ""),
    ("types", "query = SELECT n, v, b, f, m, t FROM numbers WHERE n = '%s'", ["5", "-7"], "pgsql mysql"),
    ("types-first", "query = SELECT f FROM numbers WHERE n = '%s'", ["5", "-7"], "sqlite"),
    ("joined", "query = SELECT '%u' || '+' || '%d'", KEYS, "pgsql sqlite"),
    ("date", "query = SELECT v FROM numbers WHERE t = DATE '%s'", ["2026-01-05", "x", "2026-01-05' OR '1'='1"], "pgsql mysql"),
    ("escape-literal", "query = SELECT v FROM aliases WHERE k = E'%s'", KEYS, "pgsql"),
    ("any-type", "query = SELECT concat('%s', '!')", KEYS, "pgsql mysql"),
    ("json", "query = SELECT json_build_object('k', '%s')", KEYS[:20], "pgsql"),
    ("cast", "query = SELECT v FROM numbers WHERE n = '%s'::integer", NUMBERS, "pgsql"),
    ("array", "query = SELECT v FROM aliases WHERE k = ANY(ARRAY['%s', 'many']) ORDER BY v", KEYS[:6], "pgsql"),
    ("json-operator", "query = SELECT 'yes' WHERE '{\"bob\": 1}'::jsonb ? '%s'", ["bob", "x", "o'x"], "pgsql"),
    ("function", "select_function = find", KEYS[:14], "pgsql"),
    ("raises", "query = SELECT fails('%s')", ["bob"], "pgsql"),
    ("two-statements", "query = SELECT 'first'; SELECT v FROM aliases WHERE k = '%s'", ["bob@example.org", "none"], "pgsql mysql"),
    ("tail", SIMPLE + "; SELECT 'more'", ["bob@example.org", "none"], "sqlite"),
    ("no-result", "query = SET @x = '%s'", ["bob"], "mysql"),
    ("procedure", "query = CALL lookup('%s')", KEYS, "mysql"),
    ("procedure-nothing", "query = CALL nothing('%s')", ["bob"], "mysql"),
    ("procedure-nothing-allowed", "query = CALL nothing('%s')\nrequire_result_set = no", ["bob"], "mysql"),
    ("procedure-twice", "query = CALL twice('%s')", ["bob@example.org"], "mysql"),
    ("double-quotes", 'query = SELECT v FROM aliases WHERE k = "%s"', KEYS, "mysql"),
    ("backslash-literal", r"query = SELECT v FROM aliases WHERE k = 'back\\slash@%d'", ["x@example.org"], "mysql sqlite"),
]


def run(command, **kw):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120, **kw)


class Server:
    """A private server as the user of its package; statements go in by its own client. PostgreSQL keeps bytes as they are: 3.7 calls all text LATIN1, where 3.12 says UTF8."""

    def __init__(self, kind):
        self.kind, self.port = kind, free_port()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="osql", dir="/tmp"))
        self.user = {"pgsql": "postgres", "mysql": "mysql", "sqlite": "root"}[kind]
        shutil.chown(self.dir, self.user)
        self.dir.chmod(0o755)
        self.process = None
        as_user = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups", "--"]
        data = str(self.dir / "data")
        if kind == "pgsql":
            run([*as_user, "/usr/lib/postgresql/15/bin/initdb", "-D", data, "-U", "mail", "-A", "trust", "--no-sync", "-E", "SQL_ASCII", "--locale=C"])
            serve = ["/usr/lib/postgresql/15/bin/postgres", "-D", data, "-p", str(self.port), "-k", str(self.dir), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        elif kind == "mysql":
            run([*as_user, "/usr/bin/mariadb-install-db", "--no-defaults", "--datadir=" + data, "--auth-root-authentication-method=normal", "--skip-test-db"])
            serve = ["/usr/sbin/mariadbd", "--no-defaults", "--datadir=" + data, f"--socket={self.dir}/s", f"--port={self.port}", "--bind-address=127.0.0.1", f"--pid-file={self.dir}/pid", "--character-set-server=utf8mb4"]
        else:
            serve = None
        if serve:
            self.process = subprocess.Popen([*as_user, *serve], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.dir)

    def load(self, statements):
        if self.kind == "mysql":
            statements = ["CREATE DATABASE m CHARACTER SET utf8mb4", "USE m", "SET sql_mode='NO_BACKSLASH_ESCAPES'", *statements]
            command = ["mariadb", "--no-defaults", f"--socket={self.dir}/s", "-uroot", "--default-character-set=utf8mb4", "--delimiter=//"]
            text = "".join(s + "\n//\n" for s in statements)
        elif self.kind == "pgsql":
            command, text = ["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", str(self.dir), "-p", str(self.port), "-U", "mail", "postgres"], "".join(s + ";\n" for s in statements)
        else:
            command, text = ["sqlite3", str(self.dir / "db")], "".join(s + ";\n" for s in statements)
        end = time.monotonic() + 60
        while True:
            probe = subprocess.run(command, input="SELECT 1\n//\n" if self.kind == "mysql" else "SELECT 1;\n", capture_output=True, text=True)
            if probe.returncode == 0:
                break
            if time.monotonic() > end:
                raise RuntimeError(probe.stderr)
            time.sleep(0.2)
        run(command, input=text)

    def parameters(self):
        if self.kind == "sqlite":
            return f"dbpath = {self.dir}/db\n"
        return f"hosts = 127.0.0.1:{self.port}\ndbname = {'postgres' if self.kind == 'pgsql' else 'm'}\nuser = {'mail' if self.kind == 'pgsql' else 'root'}\n" \
            + ("" if self.kind == "pgsql" else "option_group =\n")

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait(30)
        shutil.rmtree(self.dir, ignore_errors=True)


def record(prefix):
    with Bench(prefix, {}) as b:
        for kind in ("pgsql", "mysql", "sqlite"):
            server = Server(kind)
            try:
                rows = [line for line in (ROWS + "\n" + EXTRA[kind]).split("\n") if line]
                server.load(rows)
                sections = [("statements", "\n".join(rows))]
                for name, parameters, keys, kinds in CASES:
                    if kinds and kind not in kinds.split():
                        continue
                    path = b.postfix.etc / f"{kind}-{name}.cf"
                    path.write_text(server.parameters() + parameters + "\n")
                    if kind == "mysql":
                        # 3.7 leaves the character set to the library; 3.12 says utf8mb4.
                        (b.postfix.etc / "my.cnf").write_text("[client]\ndefault-character-set = utf8mb4\n")
                        path.write_text(server.parameters().replace("option_group =\n", f"option_group = client\noption_file = {b.postfix.etc}/my.cnf\n") + parameters + "\n")
                    sections.append((f"table {name}", parameters))
                    for key in keys:
                        r = subprocess.run([b.postfix.command("postmap"), "-c", str(b.postfix.etc), "-q", key, f"{kind}:{path}"], capture_output=True, timeout=60,
                                           env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"})
                        sections.append(("key", key))
                        if r.returncode == 0:
                            sections.append(("found", r.stdout.decode()))
                        elif b"fatal" in r.stderr or b"error" in r.stderr:
                            sections.append(("unavailable", clean(b, server, r.stderr.decode("utf-8", "replace"))))
                        else:
                            sections.append(("not found", clean(b, server, r.stderr.decode("utf-8", "replace"))))
                write("sql", kind, sections)
            finally:
                server.stop()


def clean(b, server, text):
    return b.clean(text).replace(str(server.port), "port").replace(str(server.dir), "{dir}")
