"""What smtpd(8) makes of TLS and of clients' certificates: log lines, Received lines, restrictions."""
import pathlib
import re
import socket
import ssl
import subprocess
import time

from golden import OUT, Bench, settings_text, write
from golden_log import lines, probe_free

KEYS = OUT / "tls"
BASE = {
    "smtpd_tls_security_level": "may",
    "smtpd_tls_received_header": "yes",
    "smtpd_tls_loglevel": "1",
    "smtpd_tls_CAfile": "{dir}/ca.pem",
    "smtpd_tls_chain_files": "{dir}/server-rsa.pem",
}
HIDDEN = {"defer_transports": "local smtp relay virtual error retry discard lmtp", "default_transport": "smtp:[127.0.0.1]:9",
          "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination"}
TRUSTED, SELF, NONE = "client-trusted", "client-self", ""


def keys():
    """Authority, servers and clients; made once, because fingerprints stand in what was recorded."""
    KEYS.mkdir(parents=True, exist_ok=True)

    def make(name, subject, *more, rsa=False, by="ca", ca=False):
        key = ["-newkey", "rsa:2048"] if rsa else ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        signer = ["-CA", KEYS / f"{by}.pem", "-CAkey", KEYS / f"{by}.pem"] if by else []
        file = KEYS / f"{name}.pem"
        if file.exists():
            return
        subprocess.run(["openssl", "req", "-x509", "-nodes", *key, *signer, "-days", "36500", "-subj", subject, "-keyout", file, "-out", f"/tmp/{name}.crt",
                        "-addext", "basicConstraints=critical,CA:" + ("TRUE" if ca else "FALSE"), *more], check=True, capture_output=True)
        crt = pathlib.Path(f"/tmp/{name}.crt")
        file.write_text(file.read_text() + crt.read_text())
        crt.unlink()
        if by not in ("", "ca"):
            file.write_text(file.read_text() + re.sub(r"(?s).*?(?=-----BEGIN CERT)", "", (KEYS / f"{by}.pem").read_text(), count=1))
    make("ca", "/O=Example/CN=Example CA", by="", ca=True)
    make("server-rsa", "/CN=mx.example.test", "-addext", "subjectAltName=DNS:mx.example.test", rsa=True)
    make("server-ec", "/CN=mx.example.test", "-addext", "subjectAltName=DNS:mx.example.test")
    make("server-other", "/CN=other.example.test", "-addext", "subjectAltName=DNS:other.example.test")
    make(TRUSTED, "/O=Example/CN=client.example.test", "-addext", "extendedKeyUsage=clientAuth")
    make(SELF, '/CN=Mallory (the "self" \\\\signed)', by="")
    make("client-nameless", "/O=Nobody")
    make("middle", "/O=Example/CN=Example issuing CA", ca=True)
    make("client-deep", "/CN=deep.example.test", by="middle")
    make("middle-2", "/O=Example/CN=Example issuing CA 2", by="middle", ca=True)
    make("client-deeper", "/CN=deeper.example.test", by="middle-2")
    make("client-odd", "/CN=a) b ((c \u00e9", "-utf8")


def prints(name):
    """Fingerprints of certificate and key, as the tables have them."""
    def run(command, stdin):
        return subprocess.run(["openssl", *command], input=stdin, capture_output=True, check=True).stdout
    der = run(["x509", "-outform", "DER", "-in", KEYS / f"{name}.pem"], None)
    key = run(["pkey", "-pubin", "-outform", "DER"], run(["x509", "-noout", "-pubkey", "-in", KEYS / f"{name}.pem"], None))
    return [run(["dgst", "-sha256", "-c"], text).decode().strip().split("= ")[-1].upper() for text in (der, key)]


class Client:
    """A conversation in which STARTTLS may stand; with a certificate or without."""

    def __init__(self, port, certificate, version=None, sni=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE
        if certificate:
            self.context.load_cert_chain(KEYS / f"{certificate}.pem")
        if version:
            self.context.minimum_version = self.context.maximum_version = version
        self.port, self.sni, self.session = port, sni, None

    def talk(self, commands, wrapped=False):
        """The replies; ends where the server does."""
        out = []
        with socket.create_connection(("127.0.0.1", self.port), 20) as plain:
            s = plain
            if wrapped:
                s = self.context.wrap_socket(plain, server_hostname=self.sni)
            f = s.makefile("rwb")
            self.reply(f, out)
            for command in commands:
                f.write(command.encode() + b"\r\n")
                f.flush()
                if not self.reply(f, out):
                    break
                if command == "STARTTLS" and out[-1].startswith("220"):
                    s = self.context.wrap_socket(plain, server_hostname=self.sni, session=self.session)
                    f = s.makefile("rwb")
            if s is not plain:
                self.session = s.session
            f.close()
            s.close()
        return out

    @staticmethod
    def reply(f, out):
        while True:
            line = f.readline().decode("utf-8", "replace").rstrip("\r\n")
            if not line:
                return False
            out.append(line)
            if line[3:4] != "-":
                return True


EHLO, STARTTLS, QUIT = "EHLO client.example.test", "STARTTLS", "QUIT"
MAIL = "MAIL FROM:<sender@example.org>"
SEND = [EHLO, STARTTLS, EHLO, MAIL, "RCPT TO:<bob@example.test>", "DATA", "Subject: x\r\n\r\nx\r\n.", QUIT]
ASK = [EHLO, STARTTLS, EHLO, MAIL, "RCPT TO:<bob@elsewhere.example>", QUIT]


def smtpd(b):
    return "\n".join(re.sub(r"^postfix/smtpd\[pid\]: ", "", line) for line in probe_free(lines(b)) if "/smtpd[pid]: " in line and "disconnect from" not in line)


def case(prefix, name, settings, certificate, commands=SEND, **how):
    """how: version, sni; times: connections in a row with one session; wrapped; loglevel in settings"""
    times, wrapped = how.pop("times", 1), how.pop("wrapped", False)
    shown = {**BASE, **settings}
    with Bench(prefix, {**HIDDEN, **{k: v.replace("{dir}", str(KEYS)) for k, v in shown.items()}}) as b:
        client = Client(b.postfix.port, certificate, **how)
        for _ in range(times):
            answers = client.talk(commands, wrapped)
        b.settle(0.2)
        time.sleep(0.2)
        text = [m[2].decode() for m in b.postfix.messages()][-1:]
        received = [re.match(r"Received:.*\n(?:[ \t].*\n)*", m).group(0) for m in text]
        what = [f"certificate {certificate or 'none'}"] + [f"{k} {getattr(v, 'name', v)}" for k, v in how.items()] + ([f"connections {times}"] if times > 1 else []) + (["wrapped"] if wrapped else [])
        write("tls", name, [("settings", settings_text(shown)), ("client", "\n".join(what)), ("commands", "\n".join(c.split("\r\n")[0] for c in commands)),
                            ("answers", b.clean("\n".join(answers))), *[("received", b.clean(r)) for r in received], ("log", smtpd(b).replace(str(KEYS), "{dir}"))])


def group(prefix, name, *options, **settings):
    """A connection of openssl s_client, for what Python cannot ask for. {dir} in options: where the keys are."""
    shown = {**BASE, **settings}
    with Bench(prefix, {**HIDDEN, **{k: v.replace("{dir}", str(KEYS)) for k, v in shown.items()}}) as b:
        subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{b.postfix.port}", "-starttls", "smtp", *[o.replace("{dir}", str(KEYS)) for o in options]], input=b"QUIT\r\n", capture_output=True, timeout=20)
        time.sleep(0.3)
        write("tls", name, [("settings", settings_text(shown)), ("client", "openssl s_client " + " ".join(options)), ("log", smtpd(b).replace(str(KEYS), "{dir}"))])


def record(prefix):
    keys()
    ask, must = {"smtpd_tls_ask_ccert": "yes"}, {"smtpd_tls_req_ccert": "yes", "smtpd_tls_security_level": "encrypt"}
    old = ssl.TLSVersion.TLSv1_2
    case(prefix, "not-asked", {}, TRUSTED)
    case(prefix, "none", ask, NONE)
    case(prefix, "self-signed", ask, SELF)
    case(prefix, "trusted", ask, TRUSTED)
    case(prefix, "nameless", ask, "client-nameless")
    case(prefix, "odd-name", ask, "client-odd")
    for depth in "01":
        case(prefix, f"trusted-depth-{depth}", {**ask, "smtpd_tls_ccert_verifydepth": depth}, TRUSTED)
        case(prefix, f"deep-depth-{depth}", {**ask, "smtpd_tls_ccert_verifydepth": depth}, "client-deep")
        case(prefix, f"deeper-depth-{depth}", {**ask, "smtpd_tls_ccert_verifydepth": depth}, "client-deeper")
    case(prefix, "trusted-1.2", ask, TRUSTED, version=old)
    case(prefix, "not-asked-1.2", {}, NONE, version=old)
    case(prefix, "server-ec", {**ask, "smtpd_tls_chain_files": "{dir}/server-ec.pem"}, TRUSTED)
    case(prefix, "no-header", {**ask, "smtpd_tls_received_header": "no"}, TRUSTED)
    case(prefix, "sni", {"tls_server_sni_maps": "inline:{{other.example.test={dir}/server-other.pem}}"}, NONE, sni="other.example.test")
    for level in ("0", "2"):
        case(prefix, f"trusted-loglevel-{level}", {**ask, "smtpd_tls_loglevel": level}, TRUSTED)
        case(prefix, f"self-signed-loglevel-{level}", {**ask, "smtpd_tls_loglevel": level}, SELF)
        case(prefix, f"not-asked-loglevel-{level}", {"smtpd_tls_loglevel": level}, NONE)
    case(prefix, "resumed", ask, TRUSTED, times=2)
    case(prefix, "resumed-1.2", ask, TRUSTED, times=2, version=old)
    for who, cert in (("none", NONE), ("self-signed", SELF), ("trusted", TRUSTED)):
        case(prefix, f"required-{who}", must, cert)
    case(prefix, "required-none-may", {"smtpd_tls_req_ccert": "yes"}, NONE)
    case(prefix, "required-trusted-may", {"smtpd_tls_req_ccert": "yes"}, TRUSTED)
    case(prefix, "required-encrypt-plain", must, NONE, [EHLO, MAIL, QUIT])
    for name in ("X25519", "X448", "P-256", "P-384", "P-521", "ffdhe2048"):
        group(prefix, "group-" + name.lower(), "-groups", name)
    group(prefix, "group-1.2-p-256", "-groups", "P-256", "-tls1_2")
    group(prefix, "sha512", "-sigalgs", "RSA-PSS+SHA512:RSA-PSS+SHA256")
    group(prefix, "openssl-trusted", "-cert", "{dir}/client-trusted.pem", smtpd_tls_ask_ccert="yes")
    group(prefix, "openssl-trusted-1.2", "-tls1_2", "-cert", "{dir}/client-trusted.pem", smtpd_tls_ask_ccert="yes")
    group(prefix, "openssl-self-signed", "-cert", "{dir}/client-self.pem", smtpd_tls_ask_ccert="yes")
    group(prefix, "openssl-sni", "-servername", "other.example.test", tls_server_sni_maps="inline:{{other.example.test={dir}/server-other.pem}}")
    group(prefix, "openssl-both-keys-rsa", "-sigalgs", "RSA-PSS+SHA256", smtpd_tls_chain_files="{dir}/server-ec.pem, {dir}/server-rsa.pem")
    group(prefix, "openssl-both-keys-ec", "-sigalgs", "ECDSA+SHA256", smtpd_tls_chain_files="{dir}/server-rsa.pem, {dir}/server-ec.pem")
    maps(prefix)
    words(prefix, ask)


def maps(prefix):
    """smtpd_tls_loglevel_maps"""
    quiet = [EHLO, STARTTLS, EHLO, QUIT]
    for name, table in (("name", "inline:{{localhost=1}}"), ("network", "inline:{{127.0=1}}"), ("dunno", "inline:{{localhost=DUNNO} {127.0.0.1=1}}"), ("bad", "inline:{{localhost=loud} {127.0.0.1=1}}"),
                        ("trace", "inline:{{localhost=1,trace}}"), ("unavailable", "fail:down"), ("lower", "inline:{{localhost=0}}")):
        case(prefix, "loglevel-maps-" + name, {"smtpd_tls_loglevel": "1" if name == "lower" else "0", "smtpd_tls_loglevel_maps": table}, NONE, quiet)


def words(prefix, ask):
    """Restrictions about certificates; the client is a stranger."""
    (cert, key), (self_cert, _) = prints(TRUSTED), prints(SELF)
    stranger = {**ask, "mynetworks": "192.0.2.1", "smtpd_tls_loglevel": "0"}

    def each(name, lists, clients=(("none", NONE), ("self", SELF), ("trusted", TRUSTED)), commands=ASK):
        for who, certificate in clients:
            case(prefix, f"{name}-{who}", {**stranger, **lists}, certificate, commands)
    one = (("trusted", TRUSTED),)
    relay = "smtpd_relay_restrictions"
    each("permit-all", {relay: "permit_tls_all_clientcerts, reject_unauth_destination"})
    each("permit-cert", {relay: "permit_tls_clientcerts, reject_unauth_destination", "relay_clientcerts": "inline:{{" + self_cert + "=x}}"})
    each("permit-key", {relay: "permit_tls_clientcerts, reject_unauth_destination", "relay_clientcerts": "inline:{{" + key + "=x}}"}, one)
    each("permit-unavailable", {relay: "permit_tls_clientcerts, reject_unauth_destination", "relay_clientcerts": "fail:down"}, one)
    each("permit-not-asked", {relay: "permit_tls_clientcerts, permit_tls_all_clientcerts, reject_unauth_destination", "relay_clientcerts": "inline:{{" + key + "=x}}", "smtpd_tls_ask_ccert": "no"}, one)
    each("permit-plain", {relay: "permit_tls_clientcerts, permit_tls_all_clientcerts, reject_unauth_destination", "relay_clientcerts": "inline:{{" + key + "=x}}"}, one, [EHLO, *ASK[3:]])

    def access(name, argument, clients=one, **more):
        each("access-" + name, {relay: f"check_ccert_access {argument}, reject_unauth_destination", **more}, clients)
    access("ok", "inline:{{" + cert + "=OK} {" + self_cert + "=OK}}", (("none", NONE), ("self", SELF), ("trusted", TRUSTED)))
    access("key", "inline:{{" + key + "=OK}}")
    access("reject", "inline:{{" + cert + "=REJECT} {" + self_cert + "=REJECT no thanks}}", (("self", SELF), ("trusted", TRUSTED)))
    access("reject-nameless", "inline:{{" + prints("client-nameless")[0] + "=REJECT}}", (("nameless", "client-nameless"),))
    access("dunno-then-key", "inline:{{" + cert + "=DUNNO} {" + key + "=OK}}")
    for action in ("WARN look", "INFO look", "DEFER_IF_PERMIT later", "DEFER_IF_REJECT later", "HOLD", "PREPEND X-Seen: yes", "FILTER smtp:[192.0.2.9]", "DISCARD gone", "reject_unlisted_sender"):
        access(action.split()[0].lower().replace("_", "-") + "-then-key", "inline:{{" + cert + "=" + action + "} {" + key + "=REJECT the key}}")
    access("defer-if-permit-then-ok", "inline:{{" + cert + "=DEFER_IF_PERMIT later} {" + key + "=OK}}")
    access("cert-first", "inline:{{" + cert + "=450 the certificate} {" + key + "=451 the key}}")
    access("order", "{ inline:{{" + cert + "=450 the certificate} {" + key + "=451 the key}}, { search_order = pubkey_fingerprint, cert_fingerprint } }")
    access("order-cert-only", "{ inline:{{" + key + "=OK}} { search_order = cert_fingerprint } }")
    access("order-empty", "{ inline:{{" + key + "=OK}} { search_order = } }")
    access("order-bad", "{ inline:{{" + key + "=OK}} { search_order = serial_number } }")
    access("attribute-bad", "{ inline:{{" + key + "=OK}} { order = cert_fingerprint } }")
    access("lower-case", "inline:{{" + cert.lower() + "=OK}}")
    access("unavailable", "fail:down")
    access("no-table", "nothing")
    access("not-asked", "inline:{{" + cert + "=OK}}", smtpd_tls_ask_ccert="no")
    access("md5", "inline:{{x=OK}}", smtpd_tls_fingerprint_digest="nonsense")
    for where, commands in (("client", ASK), ("helo", ASK), ("sender", ASK), ("recipient", ASK)):
        each("in-" + where, {f"smtpd_{where}_restrictions": "check_ccert_access inline:{{" + cert + "=REJECT}}", "smtpd_delay_reject": "no"}, one, commands)
    each("plaintext", {"smtpd_sender_restrictions": "reject_plaintext_session"}, one, [EHLO, *ASK[3:]])
    each("plaintext-code", {"smtpd_client_restrictions": "reject_plaintext_session", "plaintext_reject_code": "554", "smtpd_delay_reject": "no"}, one, [EHLO, *ASK[3:]])
    each("plaintext-encrypted", {"smtpd_sender_restrictions": "reject_plaintext_session"}, one)
