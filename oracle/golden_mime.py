"""What smtp(8) makes of 8-bit mail for a next host that does not announce 8BITMIME."""
from golden import Bench, Peer, clean, write
import re

H = b"From: sender@example.org\nTo: bob@peer.example\nMessage-Id: <m@example.org>\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n"
MV = b"MIME-Version: 1.0\n"
U = "Grüße aus Köln".encode()
CASES = {
    "text-plain-8bit": H + MV + b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n" + U + b"\nplain line\n",
    "text-plain-7bit-text-only": H + MV + b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nSubject: x\n\nonly ascii = here\n",
    "text-plain-declared-7bit": H + MV + b"Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\nSubject: x\n\nonly ascii = here\n",
    "declared-7bit-but-eight-bit": H + MV + b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 7bit\nSubject: x\n\n" + U + b"\n",
    "no-mime-headers": H + b"Subject: x\n\n" + U + b"\n",
    "mime-version-only": H + MV + b"Subject: x\n\n" + U + b"\n",
    "content-type-without-encoding": H + MV + b"Content-Type: text/plain; charset=utf-8\nSubject: x\n\n" + U + b"\n",
    "encoding-without-type": H + MV + b"Content-Transfer-Encoding: 8bit\nSubject: x\n\n" + U + b"\n",
    "no-mime-version-but-encoding": H + b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n" + U + b"\n",
    "binary": H + MV + b"Content-Type: application/octet-stream\nContent-Transfer-Encoding: binary\nSubject: x\n\n\x00\x01\xff\xfe\n",
    "latin1": H + MV + b"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\nSubject: x\n\nGr\xfc\xdfe\n",
    "quoted-printable-specials": H + MV + b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n"
        b"a=b\ntrailing blank \ntrailing tab\t\n.\n..\nFrom the start\n" + U + b"\n" + b"long " * 40 + b"\n" + "ü".encode() * 60 + b"\n\n   indented\n\ttab\n" + b"\x7f\x01 control\n" + b"x" * 76 + b"\n" + b"y" * 75 + b"=\n",
    "no-newline-before-end": H + MV + b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n" + U + b"\n\n\n",
    "multipart-mixed": H + MV + b"Content-Type: multipart/mixed; boundary=\"b1\"\nContent-Transfer-Encoding: 8bit\nSubject: x\n\npreamble " + U +
        b"\n--b1\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + U +
        b"\n--b1\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\nAAECAwQ=\n--b1\nContent-Type: text/plain\n\nascii part\n--b1--\nepilogue " + U + b"\n",
    "multipart-without-encoding": H + MV + b"Content-Type: multipart/alternative; boundary=b1\nSubject: x\n\n--b1\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + U +
        b"\n--b1\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n<p class=\"a\">" + U + b"</p>\n--b1--\n",
    "multipart-nested": H + MV + b"Content-Type: multipart/mixed; boundary=outer\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n--outer\nContent-Type: multipart/alternative; boundary=\"inner\"\nContent-Transfer-Encoding: 8bit\n\n"
        b"--inner\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + U + b"\n--inner\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<p>=C3=BC</p>\n--inner--\n\n--outer\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--outer--\n",
    "message-global": H + MV + b"Content-Type: message/global\nContent-Transfer-Encoding: 8bit\nSubject: x\n\nSubject: " + U + b"\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + U + b"\n",
    "message-global-seven-bit": H + MV + b"Content-Type: multipart/mixed; boundary=b1\nSubject: x\n\n--b1\nContent-Type: message/global\n\nSubject: y\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + U + b"\n--b1--\n",
    "multipart-digest": H + MV + b"Content-Type: multipart/digest; boundary=d\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n--d\n\nSubject: inner\n\n" + U + b"\n--d--\n",
    "message-rfc822": H + MV + b"Content-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\nSubject: x\n\nFrom: inner@example.org\nSubject: inner\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + U + b"\n",
    "message-rfc822-in-multipart": H + MV + b"Content-Type: multipart/mixed; boundary=b1\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n--b1\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\nFrom: inner@example.org\nSubject: inner\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/mixed; boundary=b2\nContent-Transfer-Encoding: 8bit\n\n--b2\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + U + b"\n--b2--\n\n--b1--\n",
    "message-rfc822-declared-7bit-but-eight-bit": H + MV + b"Content-Type: message/rfc822\nContent-Transfer-Encoding: 7bit\nSubject: x\n\nFrom: inner@example.org\nSubject: inner\n\n" + U + b"\n",
    "message-partial": H + MV + b"Content-Type: message/partial; id=\"x@example.org\"; number=1; total=2\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n" + U + b"\n",
    "message-external-body": H + MV + b"Content-Type: message/external-body; access-type=local-file; name=\"/x\"\nContent-Transfer-Encoding: 8bit\nSubject: x\n\nContent-Type: text/plain\n\n" + U + b"\n",
    "boundary-missing-parameter": H + MV + b"Content-Type: multipart/mixed\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n--b\n\n" + U + b"\n--b--\n",
    "boundary-quoted-with-specials": H + MV + b"Content-Type: multipart/mixed;\n\tboundary=\"a b'()+_,-./:=?\"\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n--a b'()+_,-./:=?\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + U + b"\n--a b'()+_,-./:=?--\n",
    "boundary-prefix-of-another": H + MV + b"Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n--b\nContent-Type: multipart/mixed; boundary=bb\nContent-Transfer-Encoding: 8bit\n\n--bb\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + U + b"\n--bb--\n--b--\n",
    "boundary-with-trailing-blanks": H + MV + b"Content-Type: multipart/mixed; boundary=b1\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n--b1  \nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + U + b"\n--b1--  \n",
    "multipart-unterminated": H + MV + b"Content-Type: multipart/mixed; boundary=b1\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n--b1\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + U + b"\n",
    "eight-bit-in-header": H + MV + b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nSubject: " + U + b"\n\n" + U + b"\n",
    "eight-bit-in-header-ascii-body": H + b"Subject: " + U + b"\n\nascii = body\n",
    "eight-bit-in-part-header": H + MV + b"Content-Type: multipart/mixed; boundary=b1\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n--b1\nContent-Type: text/plain; charset=utf-8; name=\"" + U + b"\"\nContent-Transfer-Encoding: 8bit\n\n" + U + b"\n--b1--\n",
    "folded-and-commented-headers": H + b"MIME-Version: 1.0 (by hand)\nContent-Type: text/plain (comment);\n charset=\"utf-8\"\nContent-Transfer-Encoding:\n 8bit (eight)\nSubject: x\n\n" + U + b"\n",
    "mixed-case-headers": H + b"mime-version: 1.0\nCONTENT-TYPE: TEXT/PLAIN; CHARSET=UTF-8\ncontent-transfer-ENCODING: 8BIT\nSubject: x\n\n" + U + b"\n",
    "encoding-unknown": H + MV + b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: x-uuencode\nSubject: x\n\n" + U + b"\n",
    "quoted-printable-stays": H + MV + b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\nSubject: x\n\nGr=C3=BC=C3=9Fe\n",
    "quoted-printable-with-eight-bit": H + MV + b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\nSubject: x\n\nGr=C3=BC" + U + b"\n",
    "signed": H + MV + b"Content-Type: multipart/signed; boundary=b1; micalg=pgp-sha256; protocol=\"application/pgp-signature\"\nSubject: x\n\n--b1\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + U + b"\n--b1\nContent-Type: application/pgp-signature\n\nsig\n--b1--\n",
    "empty-body": H + MV + b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n",
    "duplicate-headers": H + MV + b"Content-Type: text/plain; charset=utf-8\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\nContent-Transfer-Encoding: 7bit\nSubject: x\n\n" + U + b"\n",
}
SETTINGS = {"transport_maps": "inline:{{peer.example=smtp:[127.0.0.1]:{peer}} {old.example=smtp:[127.0.0.1]:{peer}}}",
            "default_transport": "error:5.0.0 no route"}


def record(prefix):
    peer = Peer(extensions=("PIPELINING", "SIZE", "DSN"))
    with Bench(prefix, SETTINGS, peer) as b:
        for name, text in CASES.items():
            before = len(peer.messages)
            answers = b.smtp("<sender@example.org> BODY=8BITMIME", ["<bob@peer.example>"], text)
            peer.wait(before + 1)
            sections = [("message", text)]
            if len(peer.messages) > before:
                mail, _, raw = peer.messages[before]
                raw = raw.replace(b"\r\n", b"\n")
                raw = re.sub(rb"^Received: [^\n]*\n([ \t][^\n]*\n)*", b"", raw, count=1)
                sections.append(("as the next host gets it", mail.encode() + b"\n\n" + raw))
            else:
                sections.append(("refused", "\n".join(answers[-2:])))
            write("mime", name, sections)
        b.settle()
        log = [line for line in b.postfix.log.read_text().splitlines() if "status=bounced" in line or "warning" in line]
    # A host that knows no EHLO gets 7-bit mail as well; one that knows SMTPUTF8 only with 8BITMIME.
    peer = Peer(ehlo=False)
    with Bench(prefix, SETTINGS, peer) as b:
        b.smtp("<sender@example.org> BODY=8BITMIME", ["<bob@peer.example>"], CASES["text-plain-8bit"])
        peer.wait(1)
        mail, rcpt, raw = peer.messages[0]
        write("mime", "next-host-without-ehlo", [("message", CASES["text-plain-8bit"]),
              ("as the next host gets it", mail.encode() + b"\n\n" + re.sub(rb"^Received: [^\n]*\n([ \t][^\n]*\n)*", b"", raw.replace(b"\r\n", b"\n"), count=1))])
    peer = Peer(extensions=("PIPELINING", "SIZE", "DSN"))
    with Bench(prefix, {**SETTINGS, "disable_mime_output_conversion": "yes"}, peer) as b:
        b.smtp("<sender@example.org> BODY=8BITMIME", ["<bob@peer.example>"], CASES["text-plain-8bit"])
        peer.wait(1)
        mail, rcpt, raw = peer.messages[0]
        write("mime", "conversion-switched-off", [("settings", "disable_mime_output_conversion = yes\n"), ("message", CASES["text-plain-8bit"]),
              ("as the next host gets it", mail.encode() + b"\n\n" + re.sub(rb"^Received: [^\n]*\n([ \t][^\n]*\n)*", b"", raw.replace(b"\r\n", b"\n"), count=1))])
    print(*log, sep="\n")
