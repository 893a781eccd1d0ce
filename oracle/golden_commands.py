"""postconf, postqueue, postsuper, postcat, mailq, sendmail: what they print and return."""
import os
import re
import shlex
import subprocess
import time

from golden import Bench, Peer, write
from golden_bounce import REFUSE, ROUTES, TEXT

ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class Shell:
    """Runs commands on an instance and collects sections. ID in a command is the id of the only queued message."""

    def __init__(self, b):
        self.b, self.sections = b, []

    def run(self, line, stdin=None):
        words = shlex.split(line)
        ids = self.b.postfix.ids("deferred", "hold", "incoming", "active")
        real = [ids[0] if w == "ID" and ids else w.replace("{root}", self.b.root) for w in words]
        tool = self.b.postfix.command(real[0])
        if self.b.postfix.prefix and real[0] in ("mailq", "newaliases"):
            tool = f"{self.b.postfix.prefix}/bin/{real[0]}"
        r = subprocess.run([tool, *real[1:]], input=(stdin or "").encode("utf-8", "surrogateescape"), capture_output=True, timeout=60,
                           env={**ENV, "MAIL_CONFIG": str(self.b.postfix.etc)})
        out, err = (self.tidy(x.decode("utf-8", "surrogateescape")) for x in (r.stdout, r.stderr))
        self.sections.append((f"$ {line}", ""))
        if stdin:
            self.sections.append(("stdin", stdin))
        self.sections.append(("exit code", str(r.returncode)))
        if out:
            self.sections.append(("stdout", out))
        if out and real[0] in ("mailq", "postqueue") and "-j" not in line:
            self.sections.append(("stdout unchanged", r.stdout.decode("utf-8", "surrogateescape")))     # shows the columns
        if err:
            self.sections.append(("stderr", err))
        return r

    def tidy(self, text):
        text = re.sub(r'("arrival_time": )\d+', r"\1seconds", text)
        text = re.sub(r"^(\s*\w+_time: ).*$", r"\1time", text, flags=re.M)
        text = re.sub(r"^(message_arrival_time|create_time): .*$", r"\1: time", text, flags=re.M)
        text = re.sub(r"(client_port=)\d+", r"\1client-port", text)
        return self.b.clean(text)

    def file(self, name, text):
        path = self.b.postfix.etc / name
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        self.sections.append((f"file {name}", text))

    def write(self, part, name):
        write(part, name, self.sections)
        self.sections = []


def postconf(prefix):
    with Bench(prefix, {}) as b:
        s = Shell(b)
        keep = (b.postfix.etc / "main.cf").read_text()

        def case(name, main, *commands, master=None):
            (b.postfix.etc / "main.cf").write_text(main)
            s.sections.append(("file main.cf", main))
            if master:
                (b.postfix.etc / "master.cf").write_text(master)
                s.sections.append(("file master.cf", master))
            for c in commands:
                s.run(c)
                if " -e " in c or " -X " in c or " -# " in c or re.search(r"postconf \w+ *=", c) or re.search(r"-M[eX#]|-P ", c):
                    s.sections.append(("main.cf afterwards", b.clean((b.postfix.etc / "main.cf").read_text())))
                    if "-M" in c or "-F" in c or "-P" in c:
                        s.sections.append(("master.cf afterwards", b.clean((b.postfix.etc / "master.cf").read_text())))
            s.write("commands", "postconf-" + name)

        head = "compatibility_level = 3.11\nmyhostname = mx.example.test\n"
        case("names", head + "relayhost = [smarthost.example]:587\nmydestination = $myhostname,\n    localhost.$mydomain\n\tlocalhost\n",
             "postconf relayhost", "postconf relayhost mydestination", "postconf -h mydestination", "postconf -x mydestination", "postconf -hx mydestination",
             "postconf -d mydestination", "postconf -d relayhost", "postconf -H relayhost mydestination", "postconf -n", "postconf -nH", "postconf -nh", "postconf -nx", "postconf -f mydestination",
             "postconf no_such_parameter", "postconf -d no_such_parameter", "postconf relayhost no_such_parameter queue_run_delay", "postconf mail_version")
        case("override", head, "postconf -o relayhost=[a.example] relayhost", "postconf -x -o myhostname=other.example myorigin", "postconf -o {relayhost=[b.example]} relayhost", "postconf -o no_equals relayhost", "postconf -n -o relayhost=x", "postconf -o relayhost=x -o relayhost=y relayhost")
        case("edit", head + "# a comment\nrelayhost = old.example\n# another\nsmtpd_banner = $myhostname ESMTP\n    continued\n",
             "postconf -e relayhost=[new.example]", "postconf -e 'smtpd_banner = $myhostname ESMTP here'", "postconf -e inet_protocols=ipv4 message_size_limit=1000", "postconf relayhost=",
             "postconf -e no_equals_sign", "postconf -e =value", "postconf -e 'bad name=value'", "postconf -e no_such_parameter=1", "postconf -X relayhost", "postconf -# smtpd_banner", "postconf -X not_there")
        case("edit-duplicates", head + "relayhost = one\nrelayhost = two\n", "postconf relayhost", "postconf -n", "postconf -e relayhost=three")
        case("edit-no-newline-at-end", head + "relayhost = one", "postconf -e smtpd_banner=hello")
        case("warnings-unknown-unused", head + "no_such_parameter = 1\nuser_defined = 2\nmydestination = $user_defined, $undefined_name\nmy_class = reject\nsmtpd_restriction_classes = my_class, other_class\nother_class = permit\ntransportx_destination_concurrency_limit = 5\nsmtp_destination_concurrency_limit = 7\n",
             "postconf -n", "postconf mydestination", "postconf -x mydestination")
        case("warnings-syntax", head + "relayhost\n", "postconf -n", "postconf relayhost")
        case("warnings-leading-space", "   relayhost = x\n" + head, "postconf -n", "postconf relayhost")
        case("warnings-missing-name", head + "= value\n", "postconf -n")
        case("warnings-bad-value", head + "queue_run_delay = soon\nsmtpd_delay_reject = perhaps\nmessage_size_limit = 10MB\nmaximal_queue_lifetime = 5x\n", "postconf -n", "postconf queue_run_delay", "postconf message_size_limit")
        case("comments-continuation", "# first\n\n" + head + "relayhost = one\n# inside\n  two\n\n  three\n#last\n\tfour\nsmtpd_banner = x # not a comment\n", "postconf -n", "postconf relayhost", "postconf smtpd_banner")
        case("expansion", head + "a = 1\nb = ${a?yes}\nc = ${a:no}\nd = ${empty?yes}\ne = ${empty:no}\nf = ${a?{yes $a}:{no}}\ng = ${{$a}=={1}?{one}:{other}}\nh = ${{$a}!={1}?{other}:{one}}\ni = ${{3}<{20}?{number}:{text}}\nj = ${{abc}<{abd}?{less}:{more}}\nk = $(a)\nl = $$a\nm = ${a}\nn = ${{$compatibility_level}>=level{3.6}?{new}:{old}}\no = ${{10}>=level{9}?{y}:{n}}\np = ${{$a}>={1}?{y}}\nempty =\nmydestination = $a $b $c $d $e $f $g $h $i $j $k $m $n $o $p\nproxy_interfaces = $l\n",
             "postconf -x mydestination", "postconf -hx b c d e f g h i j k l m n o p", "postconf b c d")
        case("expansion-errors", head + "relayhost = ${unclosed\nsmtpd_banner = ${a?{x}\nmydomain = $mydomain\nmyorigin = $\n", "postconf -x relayhost", "postconf -x smtpd_banner", "postconf -x mydomain", "postconf -x myorigin", "postconf -n")
        case("compatibility-level-none", "myhostname = mx.example.test\n", "postconf compatibility_level", "postconf smtpd_relay_restrictions", "postconf -x smtpd_relay_restrictions", "postconf -x append_dot_mydomain", "postconf -x mynetworks_style", "postconf -x smtputf8_enable", "postconf -x smtpd_relay_before_recipient_restrictions", "postconf -x smtp_tls_security_level", "postconf -x relay_domains", "postconf -x respectful_logging")
        case("compatibility-level-311", head, "postconf compatibility_level", "postconf smtpd_relay_restrictions", "postconf -x smtpd_relay_restrictions", "postconf -x append_dot_mydomain", "postconf -x mynetworks_style", "postconf -x smtputf8_enable", "postconf -x smtpd_relay_before_recipient_restrictions", "postconf -x smtp_tls_security_level", "postconf -x relay_domains", "postconf -x respectful_logging")
        case("compatibility-level-bad", "compatibility_level = x.y\nmyhostname = mx.example.test\n", "postconf -n", "postconf -x append_dot_mydomain")
        case("defaults", head, "postconf -d smtpd_banner queue_directory maximal_queue_lifetime smtpd_timeout default_destination_concurrency_limit smtp_destination_concurrency_limit smtpd_recipient_restrictions inet_interfaces mynetworks_style bounce_size_limit",
             "postconf smtp_destination_concurrency_limit local_destination_recipient_limit relay_destination_concurrency_limit virtual_time_limit", "postconf -d default_database_type", "postconf -h -d mail_name")
        case("map-types-and-locks", head, "postconf -l", "postconf -m")
        case("options-wrong", head, "postconf -Z", "postconf -n -d", "postconf -d -e x=y", "postconf -n relayhost", "postconf -e", "postconf -X", "postconf -#", "postconf -M -e", "postconf -F nothing")
        master = "# comment\nsmtp      inet  n       -       n       -       -       smtpd\n  -o smtpd_tls_security_level=none\n  -o { smtpd_banner = hello there }\nsubmission inet n - n - - smtpd -o syslog_name=postfix/submission -o smtpd_relay_restrictions=reject\npickup    unix  n       -       n       60      1       pickup\ncleanup   unix  n       -       n       -       0       cleanup\nqmgr      unix  n       -       n       300     1       qmgr\nsmtp      unix  -       -       n       -       -       smtp\nfilter    unix  -       n       n       -       10      pipe\n  flags=Rq user=filter argv=/bin/true -f ${sender} -- ${recipient}\n"
        case("master", head, "postconf -M", "postconf -M smtp/inet", "postconf -M smtp", "postconf -Mf", "postconf -Mf smtp/inet", "postconf -M nothing/inet", "postconf -M unix", "postconf -F", "postconf -F smtp/inet", "postconf -F smtp/inet/command", "postconf -P", "postconf -P smtp/inet", "postconf -P smtp/inet/smtpd_banner", "postconf -MH", "postconf -Mh smtp/inet",
             "postconf -Mj", "postconf -j relayhost mydestination",
             "postconf -n -o relayhost=x", master=master)
        case("master-edit", head, "postconf -F smtp/inet/maxproc=5", "postconf -F smtp/inet/process_limit=5", "postconf -P smtp/inet/smtpd_timeout=10s", "postconf -MX submission/inet", "postconf -M# filter/unix", "postconf -Me '2525/inet=2525 inet n - n - - smtpd'", "postconf -M", master=master)
        case("master-errors", head, "postconf -M", "postconf -n", master="smtp inet n - n - -\n")
        case("master-errors-type", head, "postconf -M", "postconf -F", master="smtp tcp n - n - - smtpd\n")
        case("master-errors-number", head, "postconf -M", master="smtp inet n - n - many smtpd\n")
        case("master-unused-override", head, "postconf -M", "postconf -n", "postconf -P", master="smtp inet n - n - - smtpd -o no_such_parameter=1 -o smtpd_timeout = 5\n")
        os.remove(b.postfix.etc / "main.cf")
        s.run("postconf relayhost")
        s.write("commands", "postconf-no-main-cf")
        (b.postfix.etc / "main.cf").write_text(keep)


def queue(prefix):
    with Bench(prefix, {**ROUTES, "smtp_tls_security_level": "none"}, Peer(replies=REFUSE)) as b:
        s = Shell(b)
        for c in ("postqueue -p", "postqueue -j", "mailq", "postqueue -f", "postqueue -i ABCDEF0123", "postqueue -i bad/id", "postqueue -s example.test", "postqueue", "postqueue -x", "postqueue -p -f", "postqueue -i",
                  "postsuper -d ABCDEF0123", "postsuper -d ALL", "postsuper -d bad/id", "postsuper -h ABCDEF0123", "postsuper -r ALL", "postsuper -d ALL nosuchqueue", "postsuper -z", "postsuper",
                  "postcat -q ABCDEF0123", "postcat -q", "postcat", "postcat -q bad/id"):
            s.run(c)
        s.write("commands", "queue-empty")
        b.smtp("<sender@example.org>", ["<slow@peer.example>"], TEXT)
        b.settle(0.4)
        for c in ("postqueue -p", "mailq", "postqueue -j", "postcat -q ID", "postcat -qe ID", "postcat -qh ID", "postcat -qb ID", "postcat -qbh ID", "postcat -qo ID"):
            s.run(c)
        s.write("commands", "queue-one-deferred")
        for c in ("postsuper -h ID", "postqueue -p", "postqueue -j", "postsuper -h ID", "postsuper -h ALL", "postsuper -H ID", "postqueue -p", "postsuper -H ID", "postsuper -h ALL", "postsuper -H ALL", "postqueue -i ID"):
            s.run(c)
        b.settle(0.4)
        for c in ("postsuper -r ID",):
            s.run(c)
        b.settle(0.5)
        for c in ("postqueue -p", "postsuper -d ID", "postqueue -p"):
            s.run(c)
        s.write("commands", "queue-hold-release-requeue-delete")
        b.smtp("<sender@example.org> ENVID=E1 RET=HDRS", ["<slow@peer.example> NOTIFY=DELAY", "<x@nowhere.example> ORCPT=rfc822;x@old.example", "<good@peer.example>"], TEXT)
        b.settle(0.4)
        for c in ("postqueue -p", "postqueue -j", "postcat -qe ID"):
            s.run(c)
        s.write("commands", "queue-three-recipients")
        b.postfix.purge()
        b.smtp("<>", ["<slow@peer.example>"], TEXT)
        b.settle(0.4)
        b.smtp("<a-very-long-sender-address-that-does-not-fit-into-the-column@a-long-domain.example.org>", ["<slow@peer.example>"], TEXT)
        b.settle(0.4)
        b.smtp('<"quoted sender"@example.org>', ["<slow@peer.example>"], TEXT)
        b.settle(0.4)
        b.smtp("<jürgen@example.org> SMTPUTF8", ["<slow@peer.example>"], TEXT)
        b.settle(0.4)
        for c in ("postqueue -p", "postqueue -j", "postsuper -d -"):
            s.run(c, stdin="\n".join(b.postfix.ids("deferred")[:2]) + "\n" if c.endswith("-") else None)
        s.run("postsuper -h ALL deferred")
        s.run("postqueue -p")
        s.run("postsuper -d ALL hold")
        s.run("postqueue -p")
        s.write("commands", "queue-odd-senders")
        # In the active queue: a next host that takes its time.
    with Bench(prefix, {"transport_maps": "inline:{peer.example=smtp:[127.0.0.1]:{peer}}"}, Mute()) as b:
        s = Shell(b)
        b.smtp("<sender@example.org>", ["<good@peer.example>"], TEXT)
        time.sleep(0.6)
        for c in ("postqueue -p", "postqueue -j"):
            s.run(c)
        s.write("commands", "queue-active")
    with Bench(prefix, {"defer_transports": "smtp"}) as b:
        s = Shell(b)
        b.smtp("<sender@example.org>", ["<bob@elsewhere.example>"], TEXT)
        b.settle(0.4)
        b.postfix.stop()
        for c in ("postqueue -p", "mailq", "postqueue -j", "postqueue -f", "postqueue -i ID", "postsuper -h ID", "postsuper -H ID", "postcat -qe ID", "postsuper -d ID"):
            s.run(c)
        s.run("sendmail -f sender@example.org bob@example.test", stdin="Subject: x\n\nx\n")
        s.run("postqueue -p")
        s.write("commands", "queue-server-down")


class Mute(Peer):
    """Greets, then says nothing."""

    def serve(self, sock):
        sock.sendall(b"220 peer.example ESMTP\r\n")
        while sock.recv(4096):
            pass


def sendmail(prefix):
    with Bench(prefix, {"defer_transports": "local smtp virtual relay error", "default_transport": "smtp:[127.0.0.1]:9"}) as b:
        s = Shell(b)
        text = "Subject: x\n\nx\n"
        for c, stdin in (("sendmail", text), ("sendmail -t", text), ("sendmail -t", "To: bob@example.test\n\nx\n"), ("sendmail -t bob@example.test", "To: alice@example.test\n\nx\n"), ("sendmail ''", text),
                         ("sendmail 'a b@example.test'", text), ("sendmail '<>'", text), ("sendmail -- -bob@example.test", text), ("sendmail -bob@example.test", text), ("sendmail -f", text), ("sendmail -f '' bob@example.test", text),
                         ("sendmail -f 'a b' bob@example.test", text), ("sendmail -Z bob@example.test", text), ("sendmail -b bob@example.test", text), ("sendmail -bx", text), ("sendmail -bp", None), ("sendmail -bm bob@example.test", text),
                         ("sendmail -N never bob@example.test", text), ("sendmail -N sometimes bob@example.test", text), ("sendmail -R full bob@example.test", text), ("sendmail -R some bob@example.test", text), ("sendmail -B 8BITMIME bob@example.test", text), ("sendmail -B x bob@example.test", text),
                         ("sendmail -oi -oem -om -odb bob@example.test", text), ("sendmail -bs", "EHLO client.example.test\r\nMAIL FROM:<sender@example.org>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\nQUIT\r\n"),
                         ("sendmail -bs", "QUIT\r\n"), ("sendmail -q", None), ("sendmail -bi", None), ("newaliases", None), ("sendmail bob@example.test", ""), ("mailq -x", None)):
            s.run(c, stdin)
        s.write("commands", "sendmail")
    with Bench(prefix, {"message_size_limit": "2000"}) as b:
        s = Shell(b)
        s.run("sendmail -f sender@example.org bob@example.test", stdin="Subject: x\n\n" + ("x" * 70 + "\n") * 40)
        s.write("commands", "sendmail-too-large")
    with Bench(prefix, {"authorized_submit_users": "!nobody, static:all", "authorized_mailq_users": "!root, static:all", "authorized_flush_users": "!root, static:all"}) as b:
        s = Shell(b)
        for c in ("mailq", "postqueue -j", "postqueue -f"):
            s.run(c)
        s.write("commands", "not-authorized")


def record(prefix):
    postconf(prefix)
    queue(prefix)
    sendmail(prefix)
