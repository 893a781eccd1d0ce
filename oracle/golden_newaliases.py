"""newaliases, sendmail -I, sendmail -bi: several tables, sources that are not there, options."""
import os

from golden import Bench
from golden_commands import Shell

GOOD = "root: bob, alice,\n\tcarol\nbob:\tbob@example.test\n"
POOR = "# comment\nroot: bob\nnocolon value\n: empty\nlast: a@b\nlast: again\ntwo words: x\nuser@domain: y\nnothing:\n  \"not closed: z\nquoted: \"a, b\", (comment) c\n"


def record(prefix):
    with Bench(prefix, {}) as b:
        s = Shell(b)
        os.chdir(b.postfix.etc)

        def case(name, database, *commands, **settings):
            for old in ("one", "two", "poor"):
                (b.postfix.etc / (old + ".lmdb")).unlink(missing_ok=True)
            if name == "poor":
                s.file("poor", POOR)
            else:
                s.file("one", GOOD)
                s.file("two", "other: alice\n")
            settings = {"default_database_type": "lmdb", **settings, "alias_database": database}
            s.sections.append(("settings", "".join(f"{k} = {v}\n" for k, v in settings.items())))
            for key, value in settings.items():
                b.postfix.run("postconf", "-e", f"{key}={value.replace('{root}', b.root)}")
            for c in commands:
                s.run(c)
                if " -v" in c:
                    # The rest tells of Postfix's insides.
                    s.sections[-1] = ("stderr", "".join(line + "\n" for line in s.sections[-1][1].splitlines() if line.startswith("postalias: open ")))
            s.write("newaliases", name)
            b.postfix.run("postconf", "-X", *[k for k in settings if k != "alias_database"])

        one, two = "postalias -q root lmdb:{root}/etc/one", "postalias -q other lmdb:{root}/etc/two"
        case("one", "lmdb:{root}/etc/one", "newaliases", one, "newaliases", "sendmail -bi", "sendmail -I", "postalias -s lmdb:{root}/etc/one")
        case("several", "lmdb:{root}/etc/one, lmdb:{root}/etc/two", "newaliases", one, two)
        case("type-by-default", "{root}/etc/one {root}/etc/two", "newaliases", one, two)
        case("first-missing", "lmdb:{root}/etc/none, lmdb:{root}/etc/two", "newaliases", two)
        case("second-missing", "lmdb:{root}/etc/one, lmdb:{root}/etc/none", "newaliases", one)
        case("missing", "lmdb:{root}/etc/none", "newaliases", "sendmail -bi", "sendmail -I")
        case("none", "", "newaliases", "sendmail -bi")
        case("type-unknown", "nosuchtype:{root}/etc/one lmdb:{root}/etc/two", "newaliases", two)
        case("type-read-only", "texthash:{root}/etc/one lmdb:{root}/etc/two", "newaliases", two)
        case("type-without-source", "static:all lmdb:{root}/etc/two", "newaliases", two)
        case("name-missing", "lmdb: lmdb:{root}/etc/two", "newaliases", two)
        case("proxy", "proxy:lmdb:{root}/etc/one", "newaliases", one)
        case("poor", "lmdb:{root}/etc/poor", "newaliases", "postalias -s lmdb:{root}/etc/poor")
        case("options", "lmdb:{root}/etc/one", "newaliases -oi", one, "newaliases -Z", "newaliases -C {root}/nowhere", "newaliases -C {root}/etc", "newaliases -bp -bi", "newaliases operand", "sendmail -bi operand", "newaliases -v", "newaliases -v -v")
        os.chdir("/")
