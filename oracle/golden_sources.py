"""Tables that ask a server: where their parameters stand, and what their templates make of keys and values (cfg_parser, db_common).

Recorded from Debian's postfix-sqlite, whatever --prefix says: a query of SQLite needs no table to give its own text back.
"""
from golden import Bench
from golden_commands import Shell

KEYS = ["user@mail.example.com", "user", "user@", "@example.com", "@", "a@b@c.d", "user@com", "user@a..com", "user@.com", "user@example.com.", "o'neil@example.com", "*()\\@x.y",
        "100%@example.com", "$1@example.com", "user+ext@example.com", "gr\u00fcn@stra\u00dfe.example", "Mixed@Example.COM", "a b@c.d"]
TEMPLATES = {
    "whole": {"query": "VALUES('<%s>')"},
    "user": {"query": "VALUES('<%u>')"},
    "domain": {"query": "VALUES('<%d>')"},
    "user-domain": {"query": "VALUES('<%u|%d|%s|%%|%S|%U|%D>')"},
    "labels": {"query": "VALUES('<%1|%2>')"},
    "label-three": {"query": "VALUES('<%3>')"},
    "constant": {"query": "VALUES('fixed')"},
    "limited": {"query": "VALUES('<%s>')", "domain": "example.com, c.d"},
    "limited-by-table": {"query": "VALUES('<%s>')", "domain": "inline:{example.com=yes}, !c.d"},
    "limited-by-fail": {"query": "VALUES('<%s>')", "domain": "fail:x"},
    "format-key": {"query": "VALUES('one')", "result_format": "%s|%S|%U|%D|%1|%%"},
    "format-value": {"query": "VALUES('x@y.z'),('plain'),('@z'),('x@'),('a@b@c'),('')", "result_format": "<%s|%u|%d>"},
    "format-user": {"query": "VALUES('x@y.z'),('plain'),('@z'),('x@')", "result_format": "%u"},
    "format-fixed": {"query": "VALUES('x'),('y')", "result_format": "const"},
    "comma": {"query": "VALUES('a,b'),('c d'),(' e ')"},
    "limit-reached": {"query": "VALUES('a'),('b')", "expansion_limit": "2"},
    "limit-exceeded": {"query": "VALUES('a'),('b'),('c')", "expansion_limit": "2"},
    "limit-skipped": {"query": "VALUES('a@b'),('b'),('c'),('d@e')", "expansion_limit": "2", "result_format": "%d"},
    "limit-negative": {"query": "VALUES('a'),('b')", "expansion_limit": "-1"},
}
FILES = {
    "no-expansion": "bar = inner\nquery = VALUES('%s|$bar|${bar}|$foo|$$x')\n",
    "continued": "query =\n  VALUES('%s',\n# comment\n\n  'x')\n",
    "no-blanks": "query=VALUES('%s')\n",
    "equals-in-value": "query  =  VALUES('a=b')  \n",
    "leading-blank": "  query = VALUES('1')\nquery = VALUES('2')\n",
    "twice": "query = VALUES('1')\nquery = VALUES('2')\n",
    "no-equals": "query = VALUES('1')\nexpansion_limit\n",
    "no-name": "query = VALUES('1')\n= x\n",
    "not-a-number": "query = VALUES('1')\nexpansion_limit = many\n",
    "empty-number": "query = VALUES('1')\nexpansion_limit =\n",
    "number-and-more": "query = VALUES('1')\nexpansion_limit = 1 2\n",
    "large-number": "query = VALUES('1')\nexpansion_limit = 99999999999\n",
    "signed-number": "query = VALUES('1')\nexpansion_limit = +1\n",
    "empty-format": "query = VALUES('x')\nresult_format =\n",
    "bad-query-template": "query = VALUES('%x')\n",
    "bad-result-template": "query = VALUES('1')\nresult_format = 50%\n",
}
MAIN = {"old_query": "VALUES('%s|$foo|$$x')", "foo": "from main", "many_expansion_limit": "many", "many_query": "VALUES('1')",
        "short_result_format": "50%", "short_query": "VALUES('1')"}


def record(prefix):
    with Bench("", MAIN) as b:
        s = Shell(b)
        import os
        os.chdir(b.postfix.etc)
        (b.postfix.etc / "db").write_bytes(b"")
        for name in ("old", "many", "short"):
            b.postfix.run("postconf", "-e", f"{name}_dbpath={b.postfix.etc}/db")
        for name, settings in TEMPLATES.items():
            s.file(f"{name}.cf", "".join(f"{k} = {v}\n" for k, v in {"dbpath": "db", **settings}.items()))
            keys = KEYS if "%" in settings["query"] or "key" in name else ["user@example.com"]
            s.run(f"postmap -q - sqlite:./{name}.cf", "\n".join(keys) + "\n")
        s.write("sources", "templates")
        for name, text in FILES.items():
            s.file(f"{name}.cf", text + "dbpath = db\n")
            s.run(f"postmap -q k sqlite:./{name}.cf")
        s.run("postmap -q k sqlite:./no-such-file.cf")
        s.file("empty.cf", "dbpath =\n")
        s.run("postmap -q k sqlite:./empty.cf")
        s.write("sources", "files")
        s.sections.append(("main.cf", "".join(f"{k} = {v}\n" for k, v in MAIN.items())))
        for name in ("old", "many", "short", "none"):
            s.run(f"postmap -q k sqlite:{name}")
        s.write("sources", "main-cf")
        os.chdir("/")
