"""Table types that ask another program, cdb, and what tables/ does not ask of the rest. Recorded from Debian's 3.7.11.

A scripted server stands as a section `server NAME line|netstring`: lines of request, tab, reply, both with C escapes; an empty reply, and any request that is not
listed, closes the connection. `server NAME memcached` is memcached(1) with the keys of that section. {NAME} in a command is its port.
"""
import os
import re
import shutil
import socket
import subprocess
import threading

from golden import Bench
from golden_commands import Shell
from instance import free_port, wait_port


def escaped(raw):
    return raw.decode("latin-1").encode("unicode_escape").decode()


class Scripted:
    """Answers requests by a list; keeps what it was asked."""

    def __init__(self, framing, replies):
        self.framing, self.replies, self.asked = framing, dict(replies), []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def request(self, f):
        if self.framing == "line":
            line = f.readline()
            return line.rstrip(b"\r\n") if line else None
        length = b""
        while (c := f.read(1)) != b":":
            if not c:
                return None
            length += c
        return f.read(int(length) + 1)[:-1]

    def serve(self, sock):
        with sock, sock.makefile("rwb") as f:
            while (request := self.request(f)) is not None:
                self.asked.append(request)
                reply = self.replies.get(request, b"")
                if not reply:
                    return
                f.write(reply)
                f.flush()

    def close(self):
        self.listener.close()


class Peers(Shell):
    def __init__(self, b):
        super().__init__(b)
        self.ports, self.open = {}, []

    def server(self, name, framing, replies):
        s = Scripted(framing, replies)
        self.ports[name] = s.port
        self.open.append(s)
        self.sections.append((f"server {name} {framing}", "".join(f"{escaped(q)}\t{escaped(a)}\n" for q, a in replies)))
        return s

    def closed_port(self, name):
        self.ports[name] = free_port()
        self.sections.append((f"server {name} none", ""))

    def run(self, line, stdin=None):
        for name, port in self.ports.items():
            line = line.replace("{" + name + "}", str(port))
        return super().run(line, stdin)

    def tidy(self, text):
        # Debian's is built with NIS, whose two marks nobody needs.
        text = re.sub(r"(?m)^YP_\w+:.*\n", "", super().tidy(text))
        for name, port in self.ports.items():
            text = text.replace(str(port), "{" + name + "}")
        return text

    def write(self, part, name):
        self.sections = [(self.tidy(title), self.tidy(text) if title.startswith("file ") else text) for title, text in self.sections]
        super().write(part, name)
        for s in self.open:
            s.close()
        self.ports, self.open = {}, []


def netstring(data):
    return b"%d:%s," % (len(data), data)


def tcp(s):
    s.server("tcp", "line", [
        (b"get found", b"200 some%20value%25\n"), (b"get plain", b"200 with blanks inside\n"), (b"get absent", b"500 no such key\n"), (b"get trouble", b"400 try again\n"),
        (b"get empty", b"200 \n"), (b"get nothing", b"200\n"), (b"get odd", b"299 what\n"), (b"get none", b"\n"), (b"get word", b"hello\n"), (b"get bad%25", b"200 a%zz\n"),
        (b"get a%20b%25c%09", b"200 quoted\n"), (b"get mixed", b"200 lower\n"), (b"get MiXed", b"200 as asked\n"), (b"get %C3%BC", b"200 utf%C3%A4\n"),
        (b"get nul", b"200 a%00b\n"), (b"get cr", b"200 v\r\n"), (b"get notutf8", b"200 %ff\n"), (b"get long", b"200 " + b"x" * 4080 + b"\n"), (b"get a@b", b"200 whole\n")])
    for key in ("found", "plain", "absent", "trouble", "empty", "nothing", "odd", "none", "word", "bad%", "mixed", "MiXed", "\u00fc", "cr", "a@b", "long"):
        s.run(f"postmap -q '{key}' tcp:127.0.0.1:{{tcp}}")
    s.run("postmap -q - tcp:127.0.0.1:{tcp}", "found\nabsent\na b%c\t\nplain\n")
    for c in ("postmap -fq MiXed tcp:127.0.0.1:{tcp}", "postmap -s tcp:127.0.0.1:{tcp}", "postmap tcp:127.0.0.1:{tcp}", "postmap -d x tcp:127.0.0.1:{tcp}", "postmap -i tcp:127.0.0.1:{tcp}"):
        s.run(c, "x y\n" if "-i" in c else None)
    s.write("lookups", "tcp")


def tcp_errors(s):
    s.closed_port("dead")
    s.server("tcp", "line", [(b"get huge", b"200 " + b"x" * 5000 + b"\n"), (b"get close", b"")])
    for c in ("postmap -q x tcp:127.0.0.1:{dead}", "postmap -q huge tcp:127.0.0.1:{tcp}", "postmap -q close tcp:127.0.0.1:{tcp}", "postmap -q x tcp:127.0.0.1", "postmap -q x tcp:"):
        s.run(c)
    s.write("lookups", "tcp-errors")


def socketmap(s):
    def reply(text):
        return netstring(text)
    s.server("sock", "netstring", [
        (b"map found", reply(b"OK some value")), (b"map absent", reply(b"NOTFOUND ")), (b"map absent2", reply(b"NOTFOUND")), (b"map absent3", reply(b"NOTFOUND because")),
        (b"map temp", reply(b"TEMP try again")), (b"map temp2", reply(b"TEMP ")), (b"map timeout", reply(b"TIMEOUT too slow")), (b"map perm", reply(b"PERM never")),
        (b"map empty", reply(b"OK ")), (b"map bare", reply(b"OK")), (b"map odd", reply(b"WHAT is this")), (b"map none", reply(b"")), (b"map lower", reply(b"ok value")),
        (b"map mixed", reply(b"OK folded")), (b"map MiXed", reply(b"OK as asked")), (b"other found", reply(b"OK of another map")), (b"map a b", reply(b"OK blank in key")),
        (b"map garbage", b"hello world\n"), (b"map noend", b"4:OK x;"), (b"map notutf8", reply(b"OK \xff")), (b"map big", reply(b"OK " + b"x" * 50000)),
        (b"map " + "\u00fc".encode(), reply("OK \u00e4".encode()))])
    for key in ("found", "absent", "absent2", "absent3", "temp", "temp2", "timeout", "perm", "empty", "bare", "odd", "none", "lower", "mixed", "MiXed", "a b", "\u00fc", "garbage", "noend"):
        s.run(f"postmap -q '{key}' socketmap:inet:127.0.0.1:{{sock}}:map")
    s.run("postmap -q found socketmap:inet:127.0.0.1:{sock}:other")
    s.run("postmap -q - socketmap:inet:127.0.0.1:{sock}:map", "found\nabsent\na b\n")
    for c in ("postmap -fq MiXed socketmap:inet:127.0.0.1:{sock}:map", "postmap -s socketmap:inet:127.0.0.1:{sock}:map", "postmap socketmap:inet:127.0.0.1:{sock}:map",
              "postmap -q x socketmap:foo", "postmap -q x socketmap:inet:127.0.0.1", "postmap -q x socketmap:inet:127.0.0.1:{sock}", "postmap -q x socketmap:", "postmap -q x socketmap:unix:/x", "postmap -q x socketmap:udp:127.0.0.1:{sock}:map"):
        s.run(c)
    s.write("lookups", "socketmap")


def socketmap_errors(s):
    s.closed_port("dead")
    s.server("sock", "netstring", [(b"map huge", netstring(b"OK " + b"x" * 100000)), (b"map close", b""), (b"map endless", b"999999999999:x")])
    for c in ("postmap -q x socketmap:inet:127.0.0.1:{dead}:map", "postmap -q x socketmap:unix:/no/such/socket:map", "postmap -q huge socketmap:inet:127.0.0.1:{sock}:map",
              "postmap -q close socketmap:inet:127.0.0.1:{sock}:map", "postmap -q endless socketmap:inet:127.0.0.1:{sock}:map"):
        s.run(c)
    s.write("lookups", "socketmap-errors")


def cdb(s):
    s.file("t", "user@example.org value one\nUpper Value\ndup first\ndup second\nonlykey\nstra\u00dfe gr\u00fc\u00df\n" + "k" * 600 + " long key\n")
    for c in ("postmap cdb:t", "postmap -q user@example.org cdb:t", "postmap -q UPPER cdb:t", "postmap -q dup cdb:t", "postmap -q none cdb:t", "postmap -q " + "k" * 600 + " cdb:t", "postmap -s cdb:t", "postmap -r cdb:t",
              "postmap -q dup cdb:t", "postmap -w cdb:t", "postmap -q dup cdb:t", "postmap -n cdb:t", "postmap -q dup cdb:t", "postmap -N cdb:t", "postmap -q dup cdb:t", "postmap -d dup cdb:t", "postmap -q x cdb:none", "postmap cdb:none"):
        s.run(c)
    s.run("postmap -i cdb:t", "new value\n")
    s.run("postmap -q new cdb:t")
    s.run("postmap -ir cdb:t", "dup third\n")
    s.b.postfix.etc.joinpath("bad.cdb").write_bytes(b"no database" * 10)
    s.sections.append(("file bad.cdb", "no database" * 10))
    s.run("postmap -q x cdb:bad")
    s.file("aliases", "root: bob, alice\nx: y\n")
    for c in ("postalias cdb:aliases", "postalias -q root cdb:aliases", "postalias -s cdb:aliases"):
        s.run(c)
    s.write("lookups", "cdb")


def files(s):
    """-F with every type that knows it."""
    s.file("value-file", "the content\nof a file\n")
    s.file("second", "more\n")
    s.file("files", "key value-file\nmissing no-such-file\ntwo value-file, second\n")
    s.file("cidr-files", "192.0.2.0/24 value-file\n10.0.0.0/8 no-such-file\n")
    s.file("re-files", "/^key/ value-file\n/^bad/ no-such-file\n")
    for c in ("postmap -Fq key texthash:files", "postmap -Fq two texthash:files", "postmap -Fq missing texthash:files", "postmap -Fq key 'inline:{key=value-file}'", "postmap -Fq x static:value-file",
              "postmap -Fq x 'randmap:{value-file}'", "postmap -Fq 192.0.2.1 cidr:cidr-files", "postmap -Fq 10.0.0.1 cidr:cidr-files", "postmap -Fq key1 regexp:re-files", "postmap -Fq key1 pcre:re-files",
              "postmap -Fq bad pcre:re-files", "postmap -F lmdb:files", "postmap -Fq two lmdb:files", "postmap -Fs lmdb:files", "postmap -Fq key environ:"):
        s.run(c)
    s.write("lookups", "values-from-files")


def mime(s):
    s.file("mime", "/^Subject:/ subject\n/^Content-Type:/ type\n/^X-In-Body/ inner header\n/^Content-Disposition/ disposition\n/^text/ text\n/^--/ boundary\n/^preamble/ preamble\n/^epilogue/ epilogue\n")
    mail = ("Subject: outer\nX-Other: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed;\n boundary=\"b1\"\n\npreamble\n--b1\nContent-Type: text/plain\nX-In-Body: yes\n\ntext one\nX-In-Body: no header\n\n"
            "--b1\nContent-Type: message/rfc822\n\nSubject: inner\nX-In-Body: nested\n\ntext two\n--b1\nContent-Disposition: attachment;\n filename=x\n\ntext three\n--b1--\nepilogue\n")
    for options in ("h", "b", "hb", "hm", "bm", "hbm"):
        s.run(f"postmap -{options}q - regexp:mime", mail)
    plain = "Subject: a\nContent-Type: text/plain\n\nContent-Type: in body\ntext\n\ntext after empty line\n"
    for options in ("h", "b", "hm", "bm", "hbm"):
        s.run(f"postmap -{options}q - regexp:mime", plain)
    for c in ("postmap -mq - regexp:mime", "postmap -mq x regexp:mime", "postmap -hq x regexp:mime", "postmap -h regexp:mime", "postmap -hmq - regexp:mime"):
        s.run(c, "Subject: only headers\n" if c.endswith("- regexp:mime") else None)
    s.run("postmap -hbq - regexp:mime", "no header here\ntext\n")
    s.run("postmap -hbmq - regexp:mime", "From me Thu Jan 1\nSubject: x\n\ntext\n")
    s.write("lookups", "mime-query")


def malformed(s):
    s.file("re", "/a/ x\n/b/\n/c/  \nword x\nif /d/   /continued/ x\nendif text\n/e/ $(1) x\n/f(g)/ ${1\n/h/ $\n!/i/ $1\n/(j)/ $1$2\n/k/zz x\n/l\\/m/ slash\n|n| pipe\nif !/o/\n/p/ not o\nENDIF\n/(q)(r)?/ <$1><$2>\n/s/ $$1\n")
    s.file("slashes", "//\n/never/ x\n")
    for kind in ("regexp", "pcre"):
        s.run(f"postmap -q - {kind}:re", "a\nb\nd\ne\nl/m\nn\np\nq\ns\nzzz\n")
        s.run(f"postmap -q a {kind}:slashes")
    s.file("ci", "192.0.2.1/24 x\n192.0.2.0/33 x\n::/129 x\n1.2.3 x\n1.2.3.4.5 x\n[192.0.2.7] brackets\n[2001:db8::]/32 six brackets\n2001:db8::1/32 bits\n!192.0.2.8\n! 192.0.2.9 blank after not\n!!192.0.2.10 twice\nif\nif 10.0.0.0/8 text\n10.1.1.1 in\nendif\nif !10.0.0.0/8\n!172.16.0.0/12 neither\nendif\nendif extra\n0.0.0.0/0 rest\n192.0.2.0/-1 x\n192.0.2.0/ x\n/24 x\n192.0.2.0/2x x\n")
    s.run("postmap -q - cidr:ci", "192.0.2.7\n2001:db8::5\n192.0.2.9\n192.0.2.10\n10.1.1.1\n10.2.2.2\n172.16.0.1\n8.8.8.8\n::1\n::ffff:192.0.2.7\n192.0.2.07\n1.2.3\n")
    for c in ("postmap -q a 'inline:{a=b, }'", "postmap -q a 'inline:{ a = b c }'", "postmap -q a 'inline:{{a = b c} d=e}'", "postmap -q a 'inline:{{a = b}'", "postmap -q a 'inline:{a=b}x'", "postmap -q a inline:{", "postmap -q a 'inline:{{=x}}'", "postmap -q a 'inline:{{a}}'",
              "postmap -q a unionmap:static:x", "postmap -q a 'unionmap:{}'", "postmap -q a 'unionmap:{x}'", "postmap -q a 'unionmap:{static:1,fail:x}'", "postmap -q a 'unionmap:{inline:{b=c},static:2}'", "postmap -q a 'unionmap:{ {static:{one two}} static:3 }'", "postmap -q b 'unionmap:{inline:{a=c}}'", "postmap -q a 'unionmap:{nosuch:x}'",
              "postmap -q a 'pipemap:{}'", "postmap -q a 'pipemap:{static:x'", "postmap -q a 'pipemap:{inline:{a=b},fail:x}'", "postmap -q a 'pipemap:{inline:{b=c},fail:x}'", "postmap -q a 'pipemap:{static:x,texthash:none}'", "postmap -q a pipemap:x",
              "postmap -q a 'randmap:{}'", "postmap -q a randmap:x", "postmap -q a 'randmap:{{one two}}'", "postmap -q a 'randmap:{x'", "postmap -s 'randmap:{a}'", "postmap -s 'unionmap:{static:x}'", "postmap -q '' 'inline:{a=b}'",
              "postmap -q a static:{", "postmap -q a 'static:{a'", "postmap -q a 'static:{}'", "postmap -q a 'static:{ }'", "postmap -q a 'static: x'", "postmap static:x", "postmap -s fail:x", "postmap -q x fail:", "postmap -s environ:x", "postmap -s unix:passwd.byname", "postmap -d x 'inline:{a=b}'"):
        s.run(c)
    s.write("lookups", "malformed")


def text(s):
    """Of cdb, which the Postfix of tables/ is built without; of the other types there, source-text."""
    long = "l" * 5000
    s.file("th", f"good one\nempty \nonly\n  continued of only\nkey: value\n\"a b\" quoted\n\"open quote\n# comment\n\n{long} {long}\nb\\ c escaped\n\tindented\nlast two\ngood again\n\udcff\udcfe bad\nbad \udcff\n")
    s.run("postmap cdb:th")
    s.run("postmap -q - cdb:th", f"good\nonly\nkey:\n\"a b\"\na b\nb\\ c\nlast\nbad\n{long[:500]}\n{long}\n")
    s.file("empty", "")
    for c in ("postmap cdb:empty", "postmap -s cdb:empty", "postmap -q a cdb:empty"):
        s.run(c)
    s.write("lookups", "text")


def options(s):
    s.file("t", "a 1\nB 2\n")
    s.file("u", "c 3\na 4\n")
    for c in ("postmap lmdb:t lmdb:u", "postmap -q a lmdb:t lmdb:u", "postmap -q c lmdb:t lmdb:u", "postmap -s lmdb:t lmdb:u", "postmap -d a lmdb:t lmdb:u", "postmap -q a lmdb:t lmdb:u", "postmap -o lmdb:t", "postmap -p lmdb:t", "postmap -wr lmdb:t",
              "postmap -x lmdb:t", "postmap -d", "postmap -c", "postmap -c /no/such/dir -q a lmdb:t", "postmap -q a -- lmdb:t", "postmap -q '' lmdb:t",
              "postmap -nN lmdb:t", "postmap -n lmdb:t", "postmap -q a lmdb:t", "postmap -d a lmdb:t", "postmap -s lmdb:t", "postmap -fq B lmdb:t", "postmap -f lmdb:t", "postmap -fq B lmdb:t", "postmap -q B lmdb:t", "postmap -fd B lmdb:t",
              "postmap -U -q a lmdb:t", "postmap -F -q a lmdb:t"):
        s.run(c)
    s.run("postmap -d - lmdb:u", "c\nnone\n\na\n")
    s.run("postmap -s lmdb:u")
    s.run("postmap -q - lmdb:u lmdb:t", "a\nb\n")
    s.run("postmap -i lmdb:u lmdb:t", "z 9\nonlykey\n  folded\n")
    s.run("postmap -s lmdb:u")
    s.file("al", "a: 1\nB: 2\nbad line\n: x\nc:\n  3\n\"d e\": f\nq: \"|cmd\"\n")
    for c in ("postalias lmdb:al", "postalias -s lmdb:al", "postalias -f lmdb:al", "postalias -s lmdb:al", "postalias -h lmdb:al", "postalias -b lmdb:al", "postalias -m lmdb:al", "postalias -F lmdb:al", "postalias -q - lmdb:al", "postalias -d - lmdb:al", "postalias -w lmdb:al", "postalias -r lmdb:al", "postalias -N lmdb:al", "postalias -n lmdb:al", "postalias -o lmdb:al", "postalias -p lmdb:al"):
        s.run(c, "a\nb\nnone\n" if " - " in c else None)
    s.write("lookups", "options")


def memcache(s):
    port = free_port()
    values = {"key": "some value", "prefix:key": "with prefix", "user": "of the user", "org": "com part", "a b": "", "big": "x" * 9000, "huge": "x" * 11000, "example.org": "of the domain", "bob@example.org": "bob"}
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    daemon = subprocess.Popen(["memcached", "-l", "127.0.0.1", "-p", str(port), "-U", "0", *user])
    try:
        wait_port(port)
        with socket.create_connection(("127.0.0.1", port)) as c:
            f = c.makefile("rwb")
            for key, value in values.items():
                if " " not in key:
                    f.write(f"set {key} 0 0 {len(value)}\r\n{value}\r\n".encode())
                    f.flush()
                    assert f.readline() == b"STORED\r\n"
        s.ports["mc"] = port
        s.sections.append(("server mc memcached", "".join(f"{k}\t{v}\n" for k, v in values.items() if " " not in k)))
        base = f"memcache = inet:127.0.0.1:{port}\n"
        for name, text in (("mc", ""), ("prefixed", "key_format = prefix:%s\n"), ("user", "key_format = %u\n"), ("domain", "key_format = %d\n"), ("part", "key_format = %1\n"), ("percent", "key_format = %%%s\n"), ("unknown", "key_format = %z\n"), ("listed", "domain = example.org\n"),
                           ("backed", "backup = inline:{{new = from backup}, {key = hidden}}\nkey_format = backed:%s\nttl = 100\nflags = 7\n"), ("built", "backup = lmdb:u\nkey_format = built:%s\n"), ("small", "data_size_limit = 100\n"), ("line", "line_size_limit = 20\n"), ("odd", "nosuch = x\nttl = abc\n"), ("failing", "backup = fail:x\nkey_format = f:%s\n")):
            s.file(name, base + text)
        for c in ("postmap -q key memcache:./mc", "postmap -q KEY memcache:./mc", "postmap -fq KEY memcache:./mc", "postmap -q none memcache:./mc", "postmap -q 'a b' memcache:./mc", "postmap -q key memcache:./prefixed", "postmap -q user@any memcache:./user", "postmap -q user memcache:./user", "postmap -q @any memcache:./user", "postmap -q x@example.org memcache:./domain", "postmap -q x memcache:./domain", "postmap -q x@example.org memcache:./part", "postmap -q x memcache:./part",
                  "postmap -q key memcache:./unknown", "postmap -q bob@example.org memcache:./listed", "postmap -q bob@other.org memcache:./listed", "postmap -q example.org memcache:./listed", "postmap -q @example.org memcache:./listed", "postmap -q big memcache:./mc", "postmap -q big memcache:./small", "postmap -q key memcache:./line",
                  "postmap -q new memcache:./backed", "postmap -q backed:new memcache:./mc", "postmap -q key memcache:./backed", "postmap -q none memcache:./backed", "postmap -q x memcache:./failing", "postmap -q key memcache:./odd", "postmap -q x memcache:./nosuchfile", "postmap -s memcache:./mc", "postmap memcache:./mc", "postmap -d none memcache:./mc", "postmap -d user memcache:./mc", "postmap -q user memcache:./mc"):
            s.run(c)
        s.run("postmap -i memcache:./mc", "added value here\n")
        s.run("postmap -q added memcache:./mc")
        s.run("postmap -q - memcache:./mc", "key\nnone\nadded\n")
        s.file("u", "c 3\na 4\n")
        for c in ("postmap lmdb:u", "postmap -q a memcache:./built", "postmap -s memcache:./built", "postmap -d a memcache:./built", "postmap -q a memcache:./built", "postmap -q a lmdb:u"):
            s.run(c)
        s.run("postmap -ir memcache:./built", "c changed\n")
        s.run("postmap -q c memcache:./built")
        s.run("postmap -q c lmdb:u")
        s.write("lookups", "memcache")
    finally:
        daemon.terminate()
        daemon.wait()
    s.closed_port("dead")
    s.server("script", "line", [(b"get close", b""), (b"get odd", b"WHAT\r\n"), (b"get error", b"SERVER_ERROR out of memory\r\n"), (b"get short", b"VALUE short 0 5\r\nabc\r\nEND\r\n"), (b"get ok", b"VALUE ok 0 2\r\nok\r\nEND\r\n"), (b"get long", b"VALUE " + b"x" * 2000 + b"\r\n"), (b"get size", b"VALUE size 0 99999\r\n")])
    s.file("gone", f"memcache = inet:127.0.0.1:{s.ports['dead']}\nretry_pause = 1\n")
    s.file("scripted", f"memcache = inet:127.0.0.1:{s.ports['script']}\nretry_pause = 1\ntimeout = 1\n")
    s.file("bad", "memcache = foo:bar\n")
    for c in ("postmap -q x memcache:./gone", "postmap -q close memcache:./scripted", "postmap -q odd memcache:./scripted", "postmap -q error memcache:./scripted", "postmap -q short memcache:./scripted", "postmap -q ok memcache:./scripted", "postmap -q long memcache:./scripted", "postmap -q size memcache:./scripted", "postmap -q x memcache:./bad"):
        s.run(c)
    s.write("lookups", "memcache-errors")


def utf8(s):
    s.file("u8", "GR\u00dcN green\nASCII plain\nstra\u00dfe road\n")
    s.file("latin", "ASCII plain\n# comment gr\udcfcn\nval gr\udcfcn\n")
    for option in ("", "-u ", "-U ", "-u -U "):
        for c in ("lmdb:u8", "-s lmdb:u8", "-q gr\u00fcn lmdb:u8", "-q GR\u00dcN lmdb:u8", "-q ascii lmdb:u8", "-q ASCII lmdb:u8", "-q strasse lmdb:u8", "-q stra\u00dfe lmdb:u8", "lmdb:latin"):
            s.run("postmap " + option + c)
    s.run("postmap -u -q - lmdb:u8", "gr\u00fcn\nGR\u00dcN\nAscii\n")
    s.run("postmap -u -d GR\u00dcN lmdb:u8")
    s.run("postmap -u -i lmdb:u8", "\u00c4 new\n")
    s.run("postmap -u -q \u00c4 lmdb:u8")
    s.run("postmap -q \u00c4 lmdb:u8")
    s.write("lookups", "utf8")


def proxy(s):
    """proxy: in front of every type that proxymap(8) opens here; the running instance answers, and knows the tables by proxy_read_maps."""
    s.server("tcp", "line", [(b"get a", b"200 one\n"), (b"get none", b"500 no\n"), (b"get trouble", b"400 try again\n")])
    s.server("sock", "netstring", [(b"map a", netstring(b"OK one")), (b"map none", netstring(b"NOTFOUND ")), (b"map trouble", netstring(b"TEMP try again"))])
    s.file("t", "a one\nB two\n10.0.0.1 address\n")
    s.file("ci", "10.0.0.0/8 ten\n")
    s.file("re", "/^a(.*)$/ <$1>\n/^B/i big\n")
    s.run("postmap lmdb:t")
    s.run("postmap cdb:t")
    etc = str(s.b.postfix.etc)
    tables = [f"lmdb:{etc}/t", f"texthash:{etc}/t", f"cdb:{etc}/t", f"cidr:{etc}/ci", f"regexp:{etc}/re", f"pcre:{etc}/re", "static:x", "static:{two words}", "inline:{a=b}", "fail:x", "unix:passwd.byname", "unix:group.byname", "randmap:{r}",
              f"unionmap:{{texthash:{etc}/t,static:u}}", f"pipemap:{{inline:{{a=B}},texthash:{etc}/t}}", f"tcp:127.0.0.1:{s.ports['tcp']}", f"socketmap:inet:127.0.0.1:{s.ports['sock']}:map"]
    s.b.postfix.run("postconf", "-e", "proxy_read_maps=" + ", ".join("{proxy:" + t + "}" if " " in t or "," in t else "proxy:" + t for t in tables))
    s.b.postfix.run("postfix", "reload")
    shown = [t.replace(s.b.root, "{root}").replace(str(s.ports["tcp"]), "{tcp}").replace(str(s.ports["sock"]), "{sock}") for t in tables]
    for t in shown:
        for key in {"cidr": ("10.1.2.3", "11.1.2.3"), "unix": ("games", "GAMES", "no-such-name"), "fail": ("a",), "tcp": ("a", "none", "trouble"), "socketmap": ("a", "none", "trouble")}.get(t.split(":")[0], ("a", "A", "B", "none")):
            s.run(f"postmap -q {key} 'proxy:{t}'")
    for c in ("postmap -fq B proxy:lmdb:{root}/etc/t", "postmap -fq A 'proxy:inline:{a=b}'", "postmap -q a proxy:static:other", "postmap -q a proxy:lmdb:{root}/etc/none", "postmap -q a proxy:nosuch:x", "postmap -q a proxy:", "postmap -q a proxy:lmdb", "postmap -q a proxy:proxy:static:x",
              "postmap proxy:lmdb:{root}/etc/t", "postmap -s proxy:lmdb:{root}/etc/t", "postmap -d a proxy:lmdb:{root}/etc/t", "postmap -i proxy:lmdb:{root}/etc/t", "postalias -q a proxy:lmdb:{root}/etc/t"):
        s.run(c, "x y\n" if " -i" in c else None)
    s.run("postmap -q - proxy:lmdb:{root}/etc/t", "a\nnone\nB\n")
    s.write("lookups", "proxy")


def berkeley(s):
    """hash: and btree:, which the Postfix of tables/ is built without. Each in a recording of its own."""
    long, longer = "k" * 600, "l" * 5000
    for kind in ("hash", "btree"):
        s.file("t", f"# comment\nuser@example.org value one\n  continued, value\nMixedCase Value Keeps Case\n\"quoted key\" quoted\n\"open quote\nkey:with:colons colons\nb\\c backslash\nonlykey\nempty   \n"
                    f"# comment\n   # comment that continues\nstra\u00dfe gr\u00fc\u00df\nGR\u00dcN green\n\udcff\udcfe bad key\nbad \udcff\n@example.org catchall\nlast line without newline")
        s.run(f"postmap -q user@example.org {kind}:t")          # not built yet
        s.run(f"postmap {kind}:t")
        for key in ("user@example.org", "USER@example.org", "mixedcase", "MixedCase", "quoted key", "key:with:colons", "b\\c", "onlykey", "empty", "stra\u00dfe", "gr\u00fcn", "@example.org", "bad", "last", "nothing", ""):
            s.run(f"postmap -q '{key}' {kind}:t")
        s.run(f"postmap -q - {kind}:t", f"user@example.org\nnothing\nLAST\n\nlast  \n\udcff\udcfe\nlast\n")
        s.run(f"postmap -s {kind}:t")
        s.run(f"postmap -fq MixedCase {kind}:t")
        for c in ("-d LAST", "-d last", "-q last", "-d nothing", "-d ''"):
            s.run(f"postmap {c} {kind}:t")
        s.run(f"postmap -d - {kind}:t", f"@example.org\nnone\n\nGR\u00dcN\n")
        s.run(f"postmap -d - {kind}:t", "none\n")
        s.run(f"postmap -q - {kind}:t", f"@example.org\nbad\ngr\u00fcn\nmixedcase\n")

        s.file("long", f"{'k' * 510} longest of lmdb\n{long} long key\n{longer} {longer}\n")
        s.run(f"postmap -q {long} {kind}:long")
        s.run(f"postmap {kind}:long")
        for key in ("k" * 510, long, "k" * 601):
            s.run(f"postmap -q {key} {kind}:long")
        s.run(f"postmap -q - {kind}:long", f"{longer}\n{long}\n")

        # A change of what is not built.
        s.file("u", "a 1\nb 2\n")
        s.run(f"postmap -d a {kind}:u")
        s.run(f"postmap -q b {kind}:u")
        s.run(f"postmap -i {kind}:u", "c 3\n")
        s.run(f"postmap -q - {kind}:u", "a\nb\nc\n")
        s.run(f"postmap -i {kind}:fresh", "c 3\n")
        s.run(f"postmap -s {kind}:fresh")

        s.file("d", "key one\nkey two\nother x\nKEY three\n")
        for c in ("", "-q key", "-r", "-q key", "-w", "-q key", "-wr", "-q key", "-rw", "-q key"):
            s.run(f"postmap {c} {kind}:d".replace("  ", " "))
        s.run(f"postmap -i {kind}:d", "new value\nkey again\nonlykey\n  indented first?\nother\n")
        for c in ("-q new", "-q key", "-q onlykey"):
            s.run(f"postmap {c} {kind}:d")
        s.run(f"postmap -ir {kind}:d", "key replaced\n")
        s.run(f"postmap -q key {kind}:d")
        s.run(f"postmap -iw {kind}:d", "key quietly\nfresh 1\n")
        s.run(f"postmap -q key {kind}:d")
        s.run(f"postmap -q fresh {kind}:d")
        s.run(f"postmap -s {kind}:d")

        s.file("n", "a 1\nB 2\nc 3\n")
        for c in ("-N", "-q a", "-s", "-d a", "-n", "-q a", "-s", "-q b", "-d b", "-Nn", "-q c", "-nN", "-q c", "-f", "-q B", "-fq B", "-fs", "-fd B", "-o", "-p", "-v -q nosuch", "-x"):
            if " -q nosuch" not in c:
                s.run(f"postmap {c} {kind}:n")
        s.run(f"postmap -n {kind}:n")
        s.run(f"postmap -Ni {kind}:n", "a twice\nd 4\n")
        s.run(f"postmap -q - {kind}:n", "a\nd\n")
        s.file("m", "z 26\na other\n")
        for c in ("{k}:m {k}:n", "-q a {k}:m {k}:n", "-q c {k}:m {k}:n", "-q x {k}:m {k}:n", "-d a {k}:m {k}:n", "-s {k}:m {k}:n", "-q a {k}:m static:behind"):
            s.run("postmap " + c.replace("{k}", kind))
        s.run(f"postmap -q - {kind}:m {kind}:n", "a\nz\nb\nnone\n")

        s.file("bad", "  starts with space\ngood value\n\nonlykey\n: colon\n\"\" empty quotes\n= equals\n")
        for c in ("", "-s", "-q good", "-q :", "-q '\"\"'", "-q ="):
            s.run(f"postmap {c} {kind}:bad".replace("  ", " "))
        s.file("e", "")
        for c in ("", "-s", "-q a", "-d a"):
            s.run(f"postmap {c} {kind}:e".replace("  ", " "))
        for c in (f"{kind}:none", f"-q x {kind}:none", f"-s {kind}:none", f"-d x {kind}:none", f"{kind}:.", f"-q x {kind}:.", f"{kind}:", f"-q x {kind}:", f"-q x {kind}"):
            s.run("postmap " + c)
        s.b.postfix.etc.joinpath("odd.db").write_bytes(b"no database" * 10)
        s.sections.append(("file odd.db", "no database" * 10))
        s.run(f"postmap -q x {kind}:odd")
        s.file("value-file", "the content\nof a file\n")
        s.file("files", "key value-file\nmissing no-such-file\n")
        for c in ("-F", "-Fq key", "-q key", "-Fs"):
            s.run(f"postmap {c} {kind}:files")

        s.file("al", "# comment\npostmaster: root\nroot: bob, alice,\n\tcarol\nLIST: :include:/etc/list\nprog: \"|/bin/true arg\"\nbob:\nnocolon value\n: empty\nlast: a@b\nlast: again\n\u00fc: z\n")
        s.run(f"postalias {kind}:al")
        for c in ("-s", "-q postmaster", "-q POSTMASTER", "-q list", "-q prog", "-q bob", "-q @", "-q nothing", "-q last", "-r", "-q last", "-w", "-d last", "-d last", "-q last", "-N", "-q root", "-n", "-q root", "-o", "-p", "-f", "-q LIST"):
            s.run(f"postalias {c} {kind}:al")
        s.run(f"postalias -i {kind}:al", "newone: bob\nroot: other\n")
        s.run(f"postalias -q - {kind}:al", "newone\nroot\n\nnone\n")
        s.run(f"postalias -d - {kind}:al", "newone\nnone\n")
        for c in (f"{kind}:none", f"-q x {kind}:none", f"{kind}:"):
            s.run("postalias " + c)
        for name in ("t", "long", "u", "fresh", "d", "n", "m", "bad", "e", "odd", "files", "al"):
            s.b.postfix.etc.joinpath(name + ".db").unlink(missing_ok=True)
        s.write("lookups", kind)


def record(prefix):
    if not shutil.which("memcached"):
        raise SystemExit("apt-get install memcached postfix-cdb postfix-pcre postfix-lmdb")
    with Bench("", {}) as b:
        os.chdir(b.postfix.etc)
        s = Peers(b)
        only = os.environ.get("LOOKUPS", "").split()
        for part in (tcp, tcp_errors, socketmap, socketmap_errors, cdb, berkeley, files, mime, malformed, text, options, utf8, memcache, proxy):
            if not only or part.__name__ in only:
                part(s)
        os.chdir("/")
