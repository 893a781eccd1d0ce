"""postmap and postalias: building, queries, every table type, malformed input."""
from golden import Bench
from golden_commands import Shell

SOURCE = """# comment
bob@example.test   alice@example.test
  continued, value
MixedCase@Example.TEST  Value Keeps Case
"quoted key with blank"  value
key:with:colons  value
key\\ttab    value
@example.test catchall
dup  first
dup  second
last line without newline"""
CIDR = """# first match wins
192.0.2.0/28        REJECT subnet
192.0.2.0/24        OK
!198.51.100.0/24    not there
2001:db8::/32       v6
2001:db8::1         host
203.0.113.7 a single host
if 10.0.0.0/8
10.1.0.0/16   inner
!10.2.0.0/16  inner not
endif
0.0.0.0/0 default
"""
REGEXP = """# comment
/^bob@/  user bob
/^(.*)-(.*)@example\\.test$/   $2@${1}.example
/^literal\\$$/ cost $$5
!/@/ no at sign
/CaSe/ insensitive
/StrictCase/i sensitive now
if /@inner\\.example$/
/^one@/ inner one
if !/^two@/
/^three@/ inner three
endif
endif
!if /x/
/^multi
 line/ bad
/(a)(b)/x flags $1$2 $(1) ${2}
"""


def debug(s):
    """Not in Debian's 3.7."""
    s.file("watched", "a 1\nB 2\n")
    s.run("postmap lmdb:watched")
    for c in ("postmap -q a debug:lmdb:watched", "postmap -q A debug:lmdb:watched", "postmap -q x debug:lmdb:watched", "postmap -q x debug:debug:lmdb:watched", "postmap -fq A debug:lmdb:watched",
              "postmap -q x debug:nothing", "postmap -s debug:nothing", "postmap -d x debug:nothing", "postmap -q x debug:", "postmap -q x debug::x", "postmap -q x debug:lmdb:", "postmap -q x debug:nosuchtype:x", "postmap -s debug:nosuchtype:x",
              "postmap -q x debug:lmdb:no-such-file", "postmap -q x debug:fail:x", "postmap -s debug:lmdb:watched", "postmap -s debug:debug:lmdb:watched", "postmap -s debug:static:x",
              "postmap -d a debug:lmdb:watched", "postmap -d a debug:lmdb:watched", "postmap -d b debug:debug:lmdb:watched", "postmap -d a debug:texthash:watched", "postmap debug:lmdb:watched"):
        s.run(c)
    s.run("postmap -i debug:lmdb:watched", "Key value\nkey other\n")
    s.run("postmap -ir debug:debug:lmdb:watched", "key third\nd 4\n")
    s.run("postmap -d - debug:lmdb:watched", "key\nnone\n")
    s.run("postmap -q - debug:lmdb:watched", "D\nnone\n")
    s.write("tables", "debug")


def json(s):
    """Not in Debian's 3.7."""
    s.file("json", "a 1\nb\\c  \\x \"quoted\" \ty/z\ncontrol \x01\b\f\x0b\r\x1f\x7f.\ngr\u00fcn \u20ac\u0085\u2028\U0001f600\nseveral one, two three\n")
    s.run("postmap lmdb:json")
    for c in ("postmap -jq a lmdb:json", "postmap -jq A lmdb:json", "postmap -j -q 'b\\c' lmdb:json", "postmap -jq control lmdb:json", "postmap -jq GR\u00dcN lmdb:json", "postmap -jjq several lmdb:json", "postmap -jq none lmdb:json",
              "postmap -jq none lmdb:json static:behind", "postmap -jq x 'inline:{x=}'", "postmap -jq x fail:x", "postmap -js lmdb:json", "postmap -js static:x"):
        s.run(c)
    s.run("postmap -jq - lmdb:json", "a\nnone\nA\nB\\C\nsay \"x\"\n")
    s.run("postmap -jq - static:x", "say \"x\"\n\ttab\x7f\nno\udcffutf8\n")
    s.run("postmap -jhq - static:header", "Subject: a \"b\"\n\tfolded\nX: y\n\nbody\n")
    s.run("postmap -jbq - 'regexp:{{/^a/ body}}'", "Subject: a\n\na \\ b\n")
    s.file("value-file", "the \"content\"\nof a file\n")
    s.file("json-files", "key value-file\n")
    for c in ("postmap -F lmdb:json-files", "postmap -jFq key lmdb:json-files", "postmap -jFs lmdb:json-files"):
        s.run(c)
    for c in ("postmap -j lmdb:json", "postmap -jd a lmdb:json", "postmap -jd none lmdb:json", "postmap -j", "postmap -js", "postmap -jq a -s lmdb:json", "postmap -jh lmdb:json"):
        s.run(c)
    s.run("postmap -ji lmdb:json", "new 1\n")
    s.file("json-aliases", "root: bob, \"|/bin/x \\\"y\\\"\"\n\"a b\": c\nlist: :include:/etc/list\n")
    s.run("postalias lmdb:json-aliases")
    for c in ("postalias -jq root lmdb:json-aliases", "postalias -jq LIST lmdb:json-aliases", "postalias -jq none lmdb:json-aliases", "postalias -js lmdb:json-aliases"):
        s.run(c)
    s.run("postalias -jq - lmdb:json-aliases", "root\nnone\nlist\n")
    for c in ("postalias -j lmdb:json-aliases", "postalias -jd list lmdb:json-aliases", "postalias -jd list lmdb:json-aliases"):
        s.run(c)
    s.write("tables", "json")


def record(prefix):
    with Bench(prefix, {}) as b:
        s = Shell(b)
        import os
        os.chdir(b.postfix.etc)

        s.file("source", SOURCE.replace("\\t", "\t"))
        s.run("postmap lmdb:source")
        for q in ("bob@example.test", "BOB@example.test", "mixedcase@example.test", "MixedCase@Example.TEST", "quoted key with blank", "key:with:colons", "dup", "@example.test", "nothing", "last", "''"):
            s.run("postmap -q " + (f"'{q}'" if " " in q else q) + " lmdb:source")
        s.run("postmap -q - lmdb:source", "bob@example.test\nnothing\nDUP\n\ndup  \n")
        s.run("postmap -s lmdb:source")
        s.run("postmap -d dup lmdb:source")
        s.run("postmap -d dup lmdb:source")
        s.run("postmap -q dup lmdb:source")
        s.run("postmap -i lmdb:source", "new value\ndup again\nbob@example.test other\n")
        s.run("postmap -q new lmdb:source")
        s.run("postmap -ir lmdb:source", "bob@example.test replaced\n")
        s.run("postmap -q bob@example.test lmdb:source")
        s.run("postmap -iw lmdb:source", "bob@example.test quietly\n")
        s.run("postmap -q bob@example.test lmdb:source")
        s.run("postmap -d - lmdb:source", "new\nbob@example.test\n")
        s.run("postmap -s lmdb:source")
        s.write("tables", "lmdb-build-and-query")
        debug(s)
        json(s)

        s.file("replace", "key one\nkey two\n")
        for c in ("postmap lmdb:replace", "postmap -q key lmdb:replace", "postmap -r lmdb:replace", "postmap -q key lmdb:replace", "postmap -w lmdb:replace", "postmap -q key lmdb:replace"):
            s.run(c)
        s.write("tables", "lmdb-duplicates")

        s.file("fold", "UpperKey value\n")
        for c in ("postmap -f lmdb:fold", "postmap -q upperkey lmdb:fold", "postmap -q UpperKey lmdb:fold", "postmap -fq UpperKey lmdb:fold", "postmap -fs lmdb:fold"):
            s.run(c)
        s.write("tables", "lmdb-case-kept")

        s.file("malformed", "good value\nonlykey\n  leading space first\n\nkey    \nkey2 value2   \n# comment\n   # indented comment continues\nlast value\n")
        for c in ("postmap lmdb:malformed", "postmap -s lmdb:malformed"):
            s.run(c)
        s.write("tables", "lmdb-malformed-lines")
        s.file("leading", "  starts with space\ngood value\n")
        s.run("postmap lmdb:leading")
        s.run("postmap -s lmdb:leading")
        s.write("tables", "lmdb-leading-space")
        s.file("binary", "k\udcffey value\ngr\u00fcn value\n")
        s.run("postmap lmdb:binary")
        s.run("postmap -s lmdb:binary")
        s.run("postmap -q gr\u00fcn lmdb:binary")
        s.run("postmap -q GR\u00dcN lmdb:binary")
        s.write("tables", "lmdb-not-utf8")
        s.file("value-file", "the content\nof a file\n")
        s.file("files", "key value-file\nmissing no-such-file\n")
        for c in ("postmap -F lmdb:files", "postmap -q key lmdb:files", "postmap -Fq key lmdb:files"):
            s.run(c)
        s.write("tables", "lmdb-values-from-files")
        for c in ("postmap lmdb:no-such-file", "postmap -q x lmdb:no-such-file", "postmap -q x nosuchtype:file", "postmap nosuchtype:source", "postmap source", "postmap -q mixedcase@example.test source", "postmap", "postmap -q", "postmap -Z x", "postmap -q a -d b lmdb:source",
                  "postmap static:x", "postmap texthash:source", "postmap -s texthash:source", "postmap -d x texthash:source", "postmap hash:source", "postmap -q dup hash:source", "postmap btree:source", "postmap -q dup btree:source", "postmap -o lmdb:source", "postmap -q x lmdb:"):
            s.run(c)
        s.write("tables", "errors")

        s.file("text", SOURCE.replace("\\t", "\t") + "\nonlykey\n")
        for q in ("bob@example.test", "mixedcase@example.test", "MIXEDCASE@example.test", "dup", "last", "onlykey", "nothing"):
            s.run(f"postmap -q {q} texthash:text")
        s.run("postmap -q x texthash:no-such-file")
        s.write("tables", "texthash")
        for c in ("postmap -q anything static:value", "postmap -q x 'static:{value with blanks}'", "postmap -q x static:", "postmap -q '' static:value", "postmap -q x 'static:{file:value-file}'", "postmap -s static:value",
                  "postmap -q a 'inline:{a=b}'", "postmap -q A 'inline:{a=b, c=d}'", "postmap -q c 'inline:{a=b c=d}'", "postmap -q x 'inline:{ {x = some text}, {y=z} }'", "postmap -q nothing 'inline:{a=b}'", "postmap -q a inline:a=b", "postmap -q a 'inline:{a}'", "postmap -q a 'inline:{a=}'", "postmap -q a 'inline:{=b}'", "postmap -q a 'inline:{}'", "postmap -q a 'inline:{a=b,a=c}'", "postmap -s 'inline:{a=b,c=d}'",
                  "postmap -q x fail:trouble", "postmap -q PATH environ:", "postmap -q NOSUCHVARIABLE environ:", "postmap -q path environ:x",
                  "postmap -q games unix:passwd.byname", "postmap -q GAMES unix:passwd.byname", "postmap -q no-such-user unix:passwd.byname", "postmap -q 5 unix:passwd.byuid", "postmap -q games unix:group.byname", "postmap -q no-such-group unix:group.byname", "postmap -q x unix:nosuch.map"):
            s.run(c)
        s.write("tables", "static-inline-fail-environ-unix")
        s.file("cidr", CIDR)
        for q in ("192.0.2.1", "192.0.2.77", "198.51.100.1", "2001:db8::5", "2001:DB8:0:0::1", "203.0.113.7", "10.1.2.3", "10.2.3.4", "10.9.9.9", "8.8.8.8", "not-an-address", "::1", "2001:db9::1"):
            s.run(f"postmap -q {q} cidr:cidr")
        s.file("cidr-bad", "192.0.2.1/24 host bits\n192.0.2.0/33 too long\n192.0.2.300 bad\nnonsense value\n192.0.2.0/24\nif 10.0.0.0/8\n10.0.0.1 x\nendif\nendif\n!10.0.0.0/8 neg\n192.0.2.0/24 good\nif 10.0.0.0/8\n")
        s.run("postmap -q 192.0.2.9 cidr:cidr-bad")
        s.run("postmap -q 192.0.2.9 'cidr:{{192.0.2.0/24 OK}, {0.0.0.0/0 REJECT}}'")
        s.run("postmap -q 1.2.3.4 cidr:no-such-file")
        s.write("tables", "cidr")
        s.file("regexp", REGEXP)
        for kind in ("regexp", "pcre"):
            for q in ("bob@example.test", "BOB@example.test", "one-two@example.test", "literal$", "noatsign", "lowercase@x", "strictcase@x", "StrictCase@x", "one@inner.example", "two@inner.example", "three@inner.example", "ab@x"):
                s.run(f"postmap -q '{q}' {kind}:regexp")
        s.write("tables", "regexp-and-pcre")
        bad = ("no slash", "/unclosed value", "/[/ bad class", "/x/", "/(/ bad group", "/a/q bad flag", "/(a)/ $2 too many", "/a/ $x bad", "if", "endif", "if /a/", "if /a/ text", "/a/ $", "/a/ ${1", "!!/a/ x", "@a@ other delimiter", "/(a)|(b)/ $1-$2", "/^\\s+x/ space class", "/a/ $0", "!/a(b)/ $1")
        for kind in ("regexp", "pcre"):
            for text in bad:
                b.postfix.etc.joinpath("bad").write_text(text + "\n/a/ good\n")
                s.sections.append(("file bad", text + "\n/a/ good\n"))
                s.run(f"postmap -q a {kind}:bad")
        s.write("tables", "regexp-and-pcre-malformed")
        s.run("postmap -q x 'regexp:{{/x/ yes}, {/y/ no}}'")
        s.run("postmap -q x 'pcre:{{/x/ yes}, {/y/ no}}'")
        s.run("postmap -q a@b 'pcre:{{/^(?<user>.+)@(.+)$$/ $$2 ${1}}}'")
        s.run("postmap -q - 'regexp:{{/x/ yes}}'", "x\ny\nxx\n")
        s.write("tables", "regexp-and-pcre-inline")
        b.postfix.run("postconf", "-e", "virtual_alias_maps=proxy:lmdb:" + str(b.postfix.etc / "replace"))
        for c in ("postmap -q key proxy:lmdb:{root}/etc/replace", "postmap -q games proxy:unix:passwd.byname", "postmap -q x proxy:lmdb:{root}/etc/no-such-file", "postmap -q x proxy:lmdb:{root}/etc/source", "postmap -q x proxy:", "postmap proxy:lmdb:{root}/etc/replace", "postmap -q a 'unionmap:{static:one,inline:{a=two}}'", "postmap -q a 'pipemap:{inline:{a=b},inline:{b=c}}'", "postmap -q a 'randmap:{one}'"):
            s.run(c)
        s.write("tables", "proxy-union-pipe")
        s.file("headers", "/^Subject: bad/ REJECT\n/^X-Body/ WARN\n/text/ HOLD\n")
        mail = "Subject: bad thing\n folded\nX-Other: y\nMIME-Version: 1.0\nContent-Type: text/plain\n\nbody text\n"
        for c in ("postmap -hq - regexp:headers", "postmap -bq - regexp:headers", "postmap -bhq - regexp:headers", "postmap -hmq - regexp:headers"):
            s.run(c, mail)
        s.write("tables", "header-and-body-query")

        s.file("aliases", "# comment\npostmaster: root\nroot: bob, alice,\n\tcarol\nLIST: :include:/etc/list\nowner-list: bob\n\"quoted name\": bob\nprog: \"|/bin/true arg\"\nfile: /var/mail/x\nbob:\nnocolon value\n: empty\nlast: a@b\nlast: again\ntwo words: x\nuser@domain: y\n")
        for c in ("postalias lmdb:aliases", "postalias -s lmdb:aliases", "postalias -q postmaster lmdb:aliases", "postalias -q POSTMASTER lmdb:aliases", "postalias -q list lmdb:aliases", "postalias -q 'quoted name' lmdb:aliases", "postalias -q prog lmdb:aliases", "postalias -q nothing lmdb:aliases", "postalias -d last lmdb:aliases", "postalias -d last lmdb:aliases", "postalias -q root texthash:aliases", "postalias", "postalias -Z", "postalias lmdb:no-such-file", "postalias aliases", "postalias -q root hash:aliases"):
            s.run(c)
        s.run("postalias -i lmdb:aliases", "newone: bob\n")
        s.run("postalias -q newone lmdb:aliases")
        s.write("tables", "postalias")
        os.chdir("/")
