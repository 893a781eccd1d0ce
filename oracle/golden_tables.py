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


def parts(head, *parts):
    return head + "".join(f"--{b}\n{text}" for b, text in parts)


def message_keys(s):
    """Which keys a message is to -b, -h and -m: debug: tells each one. Not in Debian's 3.7."""
    def ask(mail, *options, map="debug:inline:{none=x}"):
        for o in options or ("h", "b", "hb", "hm", "bm", "hbm"):
            s.run(f"postmap -{o}q - {map}", mail)
    multipart = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=%s\n"

    for c in ("regexp:{{/^$/ empty}}", "regexp:{{!/x/ no x}}", "static:always"):
        s.run(f"postmap -bq - '{c}'", "Subject: a\n\nx\n\nlast")
        s.run(f"postmap -hq - '{c}'", "Subject: a\n\nx\n\nlast")
        s.run(f"postmap -hbmq - '{c}'", "\nbody only\n")
        s.run(f"postmap -q - '{c}'", "a\n\nx\n\n")
    for mail in ("Subject: one\n", "Subject: one\n\n", "Subject: one", "\n", "", "no header\n", "no header", "\nbody only\n\n"):
        ask(mail, "h", "b", "hb", "hbm")
    s.run("postmap -q - 'unionmap:{static:a,inline:{b=c}}'", "\nb\n")
    s.run("postmap -q - 'pipemap:{static:b,inline:{b=c}}' environ:x", "\nb\n")
    s.run("postmap -q - unix:passwd.byname 'cidr:{{0.0.0.0/0 any}}' 'randmap:{r}'", "\n")
    # What is a header, and what ends them.
    ask("Subject: folded\n once\n\ttwice\n \n  and more  \nNext : blank before\nTab\t \t: tab before\nEmpty:\nNoblank:x\n!#$%&'*+-./=?^_`{|}~: atoms\n(a)<b>@,;[]\"\\: specials\nsubject: small\n\nbody\n", "h", "b", "hbm")
    ask(" starts with blank\nSubject: x\n\nbody\n", "h", "b", "hb", "hbm")
    ask("Subject: x\nno header at all\nX-Late: y\n\nbody\n", "h", "b", "hb", "hbm")
    ask("Subject: x\ntwo words: y\n\nbody\n", "h", "b", "hb")
    ask("Subject: x\n: no name\n\nbody\n", "h", "b", "hb")
    ask("Subject: x\nd\x7fl: control\n\nbody\n", "h", "b", "hb")
    ask("Subject: x\nf\u00fc: y\n\nbody\n", "h", "b", "hb")
    ask("From me Thu Jan  1\nSubject: x\n\nFrom body\n", "h", "b", "hbm")
    ask(">From me Thu Jan  1\nSubject: x\n\n>From body\n", "h", "b", "hbm")
    ask("Subject: cr\r\n folded\r\nX: y\r\n\r\nbody\r\n\r\n", "h", "b", "hbm")
    ask("Subject: bytes \udcff\n\nbad \udcfe\ngood gr\u00fcn\n", "h", "b", "hb")
    ask("Subject: bytes \udcff\n\nbad \udcfe\n", "hb", map="'regexp:{{/bytes|bad/ found}}' static:always")
    ask("Subject: mixed gr\u00fcn \udcff\udcfe \u20ac\udce2\udc82x\x01\n\n", "hb", map="static:always")
    s.run("postmap -q - static:always", "bad \udcff\nCase\n")
    s.run("postmap -q - 'regexp:{{/^$/ empty}}' static:always", "\nbad \udcff\n")
    for o in ("hb -U", "hb -u -U", "b -u"):
        s.run(f"postmap -{o} -q - static:always", "Subject: bytes \udcff\n\nbad \udcfe\ngood gr\u00fcn\n\n")
    s.run("postmap -u -q - static:always", "bad \udcfe\ngood gr\u00fcn\n")
    s.file("folds", "X:stra\u00dfe road\nPlain: ascii\n")
    s.run("postmap lmdb:folds")
    for o in ("h", "hU", "hu"):
        s.run(f"postmap -{o}q - lmdb:folds", "X:stra\u00dfe\nX:STRA\u00dfE\nX:STRASSE\n")
    s.run("postmap -bq - lmdb:folds", "Subject: x\n\nX:strasse\n")
    ask("Subject: x\n\nBodyToo\n", "hb", map="inline:{bodytoo=folded}")
    ask("Subject: x\n\nBodyToo\n", "hbf", map="inline:{bodytoo=folded}")
    # Bodies that have parts.
    whole = parts("Subject: outer\n" + multipart % "b1" + "\npreamble\n\n",
                  ("b1", "Content-Type: text/plain\nX-In-Part: yes\n\ntext one\nX-No: header\n\n"),
                  ("b1", "\nno headers\n"),
                  ("b1", "no empty line\nX-Not: seen\n"),
                  ("b1", "X: y\n--b1\nX: behind headers without an end\n\n"),
                  ("b1--", "epilogue\n--b1\nX: not in the list any more\n\n"))
    ask(whole)
    nested = parts("Subject: outer\n" + multipart % "b1" + "\n",
                   ("b1", "Content-Type: multipart/alternative; boundary=\"b 2\"\n\n--b1x\nX: prefix of a boundary is enough\n\n--b 2\nX: inner\n\ntext\n--b 2--\nX: between\n"),
                   ("b1", "Content-Type: message/rfc822\n\nSubject: in the message\n" + multipart % "b3" + "\n--b3\nX: deep\n\ntext\n"),
                   ("b1", "X: b3 is not closed and forgotten\n\n--b3\nX: text\n"),
                   ("b1--", "\n"))
    ask(nested, "h", "hm", "bm", "hbm")
    # Types whose text begins with headers.
    for kind in ("message/rfc822", "MESSAGE/RFC822", "message/global", "message/news", "message/partial", "message/external-body", "message/delivery-status", "message", "message/ (comment) rfc822 (other)", "text/rfc822-headers", "\"message\"/rfc822"):
        ask(f"Content-Type: {kind}\n\nX: inner\n\ntext\n", "hm")
    ask("Content-Type: message/rfc822\n\n\ntext: y\n", "hm", "bm", "hbm")
    ask("Content-Type: message/rfc822\n\nno header\ntext: y\n", "hm", "bm", "hbm")
    ask("Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nX: in the inner one\n\nX: text\n", "hm", "hbm")
    ask("Content-Type: multipart/digest; boundary=d\n\n--d\n\nX: of a message in a digest\n\ntext\n--d\nContent-Type: text/plain\n\nX: text\n--d--\n\nX: epilogue\n", "hm", "hbm")
    # How a boundary may be written.
    for written, used in (("boundary=b", "b"), ("boundary=\"b\"", "b"), ("BOUNDARY=b", "b"), ("boundary = b", "b"), ("boundary=\n b", "b"), ("x=y; boundary=b; z=w", "b"), ("x=\"boundary=c; boundary=d\"; boundary=b", "b"), ("boundary=b boundary=c", "b"), ("boundary=b; boundary=c", "b"), ("boundary=b; boundary=c", "c"),
                          ("boundary=\"a\\\"b\"", "a\"b"), ("boundary=\"a \n  b\"", "a  b"), ("boundary=\"a \n  b\"", "a b"), ("boundary=(comment (nested) \\) ;)b", "b"), ("boundary=b(comment)", "b"), ("boundary=\"b", "b"), ("boundary=b\"c\"", "b"), ("boundary=", ""), ("boundary=\"\"", ""), ("boundary", ""), ("boundary=b/c", "b"), ("boundary=b:c", "b:c"), ("boundary==b", "="), ("boundary=gr\u00fcn", "gr\u00fcn"), ("boundary=?b", "?"), ("; boundary=b", "b"), ("boundary=\"b \"", "b "), ("boundary=b'c", "b'c"), ("boundary:b", "b"),
                          # RFC 2231 is not read
                          ("boundary*=us-ascii''b", "b"), ("boundary*=us-ascii''b", "us-ascii''b"), ("boundary*0=b; boundary*1=c", "bc"), ("boundary*0=b; boundary*1=c", "b"), ("boundary*0*=us-ascii''b; boundary*1=c", "bc")):
        ask(f"Content-Type: multipart/mixed; {written}\n\n--{used}\nX: part\n\nX: text\n--{used}--\n--{used}\nX: closed\n", "hm")
    for head in ("Content-Type: multipart/mixed boundary=b", "Content-Type: multipart; boundary=b", "Content-Type : multipart/mixed; boundary=b", "content-type:multipart/mixed;boundary=b", "Content-Type: (c) multipart (c) / (c) mixed (c); (c) boundary (c) = (c) b", "Content-Type: text/plain; boundary=b", "Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b",
                 "Content-Type: multipart/mixed; boundary=b\nContent-Type: text/plain", "Content-Type: multipart/mixed; boundary=c\nContent-Type: multipart/mixed; boundary=b", "Content-Type: message/rfc822\nContent-Type: other/x", "Content-Type:\n multipart/mixed;\n\tboundary=b", "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64", "X-Content-Type: multipart/mixed; boundary=b", "Content-Type: ", "Content-Type: ;boundary=b", "Content-Type: /; boundary=b"):
        ask(f"{head}\n\n--b\nX: part\n\nX: text\n--b--\n--b\nX: closed\n", "hm")
    for line in ("--b", "--b ", "--bc", "--b--", "--b-- ", "--b-", "--b--x", " --b", "-b", "--", "---b", "--B"):
        ask(f"Content-Type: multipart/mixed; boundary=b\n\n{line}\nX: header?\n\n--b\nY: header?\n\n", "hm")
    # Bounds, of which none can be seen with short lines by default.
    ask("X: " + "a" * 3000 + "\n\n" + "b" * 3000 + "\n", "hb")
    settings = {"header_size_limit": "20", "mime_boundary_length_limit": "10", "mime_nesting_limit": "3"}
    s.sections.append(("settings", "".join(f"{k} = {v}\n" for k, v in settings.items())))
    for k, v in settings.items():
        s.b.postfix.run("postconf", "-e", f"{k}={v}")
    ask("A: " + "x" * 16 + "\n y\n z\nB: " + "x" * 17 + "\n y\nC: " + "x" * 50 + "\n y\n\nbody " + "x" * 50 + "\n", "hb")
    for boundary, line in (("b" * 10, "b" * 10 + "x"), ("b" * 11, "b" * 10 + "x"), ("b" * 11, "b" * 9 + "x"), ("b" * 11, "b" * 10 + "--"), ("b" * 11, "b" * 11 + "--"), ("gr\u00fcner-\u20acuro", "gr\u00fcner-\u20ac")):
        ask(f"Content-Type: multipart/mixed; boundary={boundary}\n\n--{line}\nX: part\n\n", "hm")
    ask("".join(f"Content-Type: multipart/mixed; boundary=n{i}\n\n--n{i}\n" for i in range(8)) + "X: deepest\n\ntext\n", "hm")
    ask("".join(f"Content-Type: multipart/mixed; boundary=n{i}\n" for i in range(8)) + "\n" + "".join(f"--n{i}\nX: {i}\n\n" for i in reversed(range(8))), "hm")
    s.b.postfix.run("postconf", "-X", *settings)
    s.write("tables", "message-keys")
    # Apart, since programs that compare texts take the file for none.
    ask("Subject: nul \x00 behind\n folded\x00 behind\nX\x00: y\n\nbody \x00 behind\n\x00\n", "h", "b", "hb")
    s.run("postmap -q - static:always", "nul\x00behind\n\x00\nCase\n")
    s.write("tables", "message-keys-nul")


def not_utf8(s):
    """Bytes that are no text, in every type that can hold some."""
    s.file("text", "c \udcffd\nok v\nx\udcfey bad key\nc later\nok second\nboth\udcff \udcfe\ngr\u00fcn gr\u00fcn\n")
    for c in ("-q c", "-q ok", "-q C", "-q later", "-q x\udcfey", "-q gr\u00fcn", "-s"):
        s.run(f"postmap {c} texthash:text")
    s.run("postmap -q - texthash:text", "ok\nx\udcfey\nnone\ngr\u00fcn\n")
    s.run("postmap -q - texthash:text static:behind", "ok\nc\ngr\u00fcn\n")
    for c in ("postmap -q c debug:texthash:text", "postmap -q c texthash:text static:behind", "postmap -q c 'unionmap:{static:x,texthash:text}'", "postmap -q c 'pipemap:{texthash:text,static:x}'", "postmap lmdb:text", "postmap -q c lmdb:text"):
        s.run(c)
    s.file("patterns", "/^a(.)/ \udcff$1\n/^b\udcff/ bad pattern\n/^b/ good\n")
    s.file("networks", "192.0.2.1 gr\udcfcn\n192.0.2.0/24 good\n")
    for c in ("-q ab regexp:patterns", "-q b regexp:patterns", "-q ab pcre:patterns", "-q b pcre:patterns", "-q 192.0.2.1 cidr:networks", "-q 192.0.2.2 cidr:networks", "-q a 'regexp:{{/a/ \udcff}}'", "-q 192.0.2.1 'cidr:{{192.0.2.1 \udcff}}'",
              "-q a 'inline:{a=\udcff, b=c}'", "-q b 'inline:{a=\udcff, b=c}'", "-q a 'inline:{{a = x \udcff y}}'", "-q a 'inline:{\udcff=b}'", "-q a 'randmap:{\udcff}'", "-q a static:\udcff", "-q a 'static:{\udcff y}'",
              "-q a 'pipemap:{static:\udcff,static:ok}'", "-q a 'unionmap:{static:\udcff,static:ok}'"):
        s.run("postmap " + c)
    s.write("tables", "not-utf8")


def source_text(s):
    """A source with whatever a line can be, and sources that are none."""
    long = "l" * 5000
    s.file("th", f"good one\nempty \nonly\n  continued of only\nkey: value\n\"a b\" quoted\n\"open quote\n# comment\n\n{long} {long}\nb\\ c escaped\n\tindented\nlast two\ngood again\n\udcff\udcfe bad\nbad \udcff\n")
    s.run("postmap -q - texthash:th", f"good\nonly\nkey:\n\"a b\"\na b\nb\\ c\nlast\n{long[:500]}\n{long}\n")
    s.run("postmap lmdb:th")
    s.run("postmap -q - texthash:th", "good\n\udcff\n\nnone\nGOOD\ngood \n good\n")
    s.run("postmap -q bad texthash:th")
    s.file("empty", "")
    for c in ("postmap -q a texthash:empty", "postmap lmdb:empty", "postmap -s lmdb:empty", "postmap -q a lmdb:empty", "postmap -q a texthash:.", "postmap lmdb:.", "postmap -q a cidr:empty", "postmap -q a regexp:empty"):
        s.run(c)
    s.write("tables", "source-text")


def several_lines(s):
    """How a rule is named that stands on several lines."""
    s.file("r", "# one\n\n/a/\n  $x bad\n/(b)/\n  $2\nif /d/\n  text\nendif\n  text\nendif\n  more\nword\n  more\n/(/\n  x\n/e/\n\n   \nif\n  /f/\n")
    s.file("c", "# one\n\n192.0.2.1/24\n  x\nendif\n  x\nendif\n192.0.2.300\n  y\nif\n  10.0.0.0/8\n10.0.0.1\n\n")
    s.file("t", "# one\n\nonly\n\n\"open\n  quote\nkey:\n  value\ndup\n  one\ndup\n  two\nfine v\nbad\n  \udcff\n\n")
    for c in ("-q a regexp:r", "-q zz regexp:r", "-q a pcre:r", "-q 192.0.2.1 cidr:c", "-q fine texthash:t", "lmdb:t", "-q x 'regexp:{{/a/}, {if /b/ x}}'"):
        s.run("postmap " + c)
    s.file("al", "# one\n\nonly\n  more\nx:\n  y\nx:\n  z\n: nothing\n  here\n")
    s.run("postalias lmdb:al")
    s.write("tables", "several-lines")


def trouble(s):
    """Files that cannot be read, names that have not the form, and keys of nothing."""
    etc = s.b.postfix.etc
    (etc / "loop").symlink_to("loop")
    s.sections.append(("symlink loop", "loop"))
    (etc / "d.lmdb").mkdir()
    s.sections.append(("directory d.lmdb", ""))
    s.file("plain", "a 1\nb 2\n")
    for kind in ("texthash", "cidr", "regexp", "pcre", "lmdb"):
        for name in ("loop", "plain/below", "no-such-file"):
            s.run(f"postmap -q a {kind}:{name}")
    for c in ("postmap lmdb:loop", "postmap lmdb:plain/below", "postmap -q a lmdb:d", "postmap -s lmdb:d"):
        s.run(c)
    for c in ("'pcre:{ /a/ b }'", "'regexp:{ /a/ b }'", "'cidr:{ 192.0.2.1 x }'", "'pcre:{{/a/ b}x}'", "'inline:{ }'", "'inline:{}'", "inline:x", "'pipemap:{foo:x}'", "'unionmap:{foo:x}'", "'pipemap:{ }'", "'randmap:{ }'"):
        s.run(f"postmap -q a {c}")
    s.run("postmap lmdb:plain")
    for c in ("-d a lmdb:plain lmdb:notthere", "-q b lmdb:plain lmdb:notthere", "-d a lmdb:plain lmdb:notthere", "-d a lmdb:neither"):
        s.run("postmap " + c)
    s.file("all", "/^/ every\n")
    for kind in ("regexp:all", "pcre:all", "static:x", "'inline:{a=b}'", "texthash:plain", "lmdb:plain", "fail:x", "cidr:all-networks", "'randmap:{x}'", "environ:x", "unix:passwd.byname", "'unionmap:{static:x}'", "'pipemap:{static:x}'"):
        if "cidr" in kind:
            s.file("all-networks", "0.0.0.0/0 x\n")
        s.run(f"postmap -q '' {kind}")
        s.run(f"postmap -q - {kind}", "a\n\nb\n")
    s.run("postmap -d '' lmdb:plain")
    s.run("postmap -d - lmdb:plain", "b\n\n")
    s.run("postmap -i lmdb:plain", "\nc 3\n")
    s.write("tables", "trouble")


def record(prefix):
    with Bench(prefix, {}) as b:
        s = Shell(b)
        import os
        os.chdir(b.postfix.etc)
        if "TABLES" in os.environ:
            for part in (debug, json, message_keys, not_utf8, source_text, several_lines, trouble):
                if part.__name__ in os.environ["TABLES"].split():
                    part(s)
            os.chdir("/")
            return

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
        message_keys(s)

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
