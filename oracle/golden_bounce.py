"""Delivery status notifications, as the next host or a mailbox gets them."""
import time

from golden import Bench, Peer, clean, settings_text, write

ROUTES = {
    # Everything for example.org (the sender's side) and peer.example goes to the next host; the rest has its own fate.
    "transport_maps": "inline:{{example.org=smtp:[127.0.0.1]:{peer}} {peer.example=smtp:[127.0.0.1]:{peer}} "
                      "{gone.example=error:5.1.2 this domain is gone} {later.example=retry:4.3.0 try again later} "
                      "{nowhere.example=smtp:[127.0.0.1]:9} {discard.example=discard:silently}}",
    "disable_dns_lookups": "yes",
    "default_transport": "error:5.0.0 no route",
    "virtual_mailbox_domains": "box.example",
    "virtual_mailbox_base": "{root}/boxes",
    "virtual_mailbox_maps": "inline:{{known@box.example=known/}}",
    "virtual_uid_maps": "static:65534", "virtual_gid_maps": "static:65534",
    "virtual_alias_maps": "inline:{{list@example.test = known@box.example, two@peer.example} {postmaster@mx.example.test = postmaster@example.org} {postmaster@example.test = postmaster@example.org}}",
    "smtpd_reject_unlisted_recipient": "no",     # or smtpd refuses what error(8) and virtual(8) shall bounce
}
TEXT = """Subject: test message
From: sender@example.org
To: recipients
Message-Id: <original@example.org>
Date: Thu, 1 Jan 2026 00:00:00 +0000

First line.
Second line.
"""
REFUSE = {
    "unknown@peer.example": "550 5.1.1 <unknown@peer.example>: no such user here",
    "full@peer.example": "552 5.2.2 mailbox full",
    "many@peer.example": "550-5.7.1 first line of the refusal\r\n550-5.7.1 second line\r\n550 5.7.1 third line",
    "plain@peer.example": "550 no enhanced code",
    "slow@peer.example": "451 4.3.2 come back later",
}
CASES = {
    # name: (settings, MAIL argument, RCPT arguments, text, queue run needed)
    "failed-one": ({}, "<sender@example.org>", ["<unknown@peer.example>"], TEXT),
    "failed-many": ({}, "<sender@example.org>", ["<unknown@peer.example>", "<x@gone.example>", "<nobody@box.example>", "<full@peer.example>",
                                                   "<good@peer.example>"], TEXT),
    "failed-multiline-reply": ({}, "<sender@example.org>", ["<many@peer.example>"], TEXT),
    "failed-no-enhanced-code": ({}, "<sender@example.org>", ["<plain@peer.example>"], TEXT),
    "failed-after-alias": ({"virtual_alias_maps": "inline:{{bob@example.test=unknown@peer.example}}"},
                           "<sender@example.org>", ["<bob@example.test>"], TEXT),
    "ret-hdrs": ({}, "<sender@example.org> RET=HDRS", ["<unknown@peer.example>"], TEXT),
    "ret-full": ({}, "<sender@example.org> RET=FULL", ["<unknown@peer.example>"], TEXT),
    "envid-orcpt": ({}, "<sender@example.org> RET=HDRS ENVID=QQ+2B314", ["<unknown@peer.example> NOTIFY=FAILURE ORCPT=rfc822;old+2Bname@old.example"], TEXT),
    "notify-never": ({}, "<sender@example.org>", ["<unknown@peer.example> NOTIFY=NEVER"], TEXT),
    "notify-success-only-but-failed": ({}, "<sender@example.org>", ["<unknown@peer.example> NOTIFY=SUCCESS"], TEXT),
    "notify-mixed": ({}, "<sender@example.org>", ["<unknown@peer.example> NOTIFY=FAILURE", "<full@peer.example> NOTIFY=NEVER",
                                                    "<known@box.example> NOTIFY=SUCCESS"], TEXT),
    "size-over-bounce-size-limit": ({"bounce_size_limit": "200"}, "<sender@example.org>", ["<unknown@peer.example>"], TEXT + "more text\n" * 60),
    "eight-bit": ({}, "<sender@example.org> BODY=8BITMIME", ["<unknown@peer.example>"],
                  TEXT.replace("Date:", "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nDate:").replace("First", "Grüße")),
    "smtputf8": ({}, "<jürgen@example.org> SMTPUTF8", ["<unknown@peer.example>", "<straße@gone.example>"], TEXT.replace("test message", "grüße")),
    "smtputf8-orcpt": ({}, "<jürgen@example.org> SMTPUTF8 ENVID=abc", ["<straße@gone.example> ORCPT=utf-8;stra\\x{DF}e@gone.example"], TEXT),
    "success-relayed": ({}, "<sender@example.org> ENVID=E1", ["<good@peer.example> NOTIFY=SUCCESS ORCPT=rfc822;good@old.example"], TEXT),
    "success-delivered": ({}, "<sender@example.org>", ["<known@box.example> NOTIFY=SUCCESS"], TEXT),
    "success-expanded": ({}, "<sender@example.org>", ["<list@example.test> NOTIFY=SUCCESS,FAILURE"], TEXT),
    "success-discarded": ({}, "<sender@example.org>", ["<x@discard.example> NOTIFY=SUCCESS"], TEXT),
    "null-sender-failed": ({"notify_classes": "bounce, 2bounce, delay, policy, protocol, resource, software"}, "<>", ["<unknown@peer.example>"], TEXT),
    "null-sender-failed-quietly": ({}, "<>", ["<unknown@peer.example>"], TEXT),
    "double-bounce-to-postmaster": ({"notify_classes": "2bounce"}, "<unknown@peer.example>", ["<x@gone.example>"], TEXT),
    "null-sender-failed-class-bounce": ({"notify_classes": "bounce"}, "<> RET=HDRS", ["<unknown@peer.example> NOTIFY=NEVER", "<full@peer.example>"], TEXT),
    "postmaster-copy-notify-never": ({"notify_classes": "bounce"}, "<sender@example.org>", ["<unknown@peer.example> NOTIFY=NEVER", "<full@peer.example>"], TEXT),
    "postmaster-copy-nobody-else": ({"notify_classes": "bounce"}, "<sender@example.org>", ["<unknown@peer.example> NOTIFY=NEVER"], TEXT),
    "postmaster-copy": ({"notify_classes": "bounce"}, "<sender@example.org>", ["<unknown@peer.example>"], TEXT),
    "expired": ({"maximal_queue_lifetime": "0", "bounce_queue_lifetime": "0"}, "<sender@example.org>", ["<slow@peer.example>"], TEXT),
    "expired-connection-refused": ({"maximal_queue_lifetime": "0", "bounce_queue_lifetime": "0"}, "<sender@example.org>", ["<x@nowhere.example>"], TEXT),
    "template": ({"bounce_template_file": "{root}/etc/bounce.cf"}, "<sender@example.org>", ["<unknown@peer.example>"], TEXT),
    "hop-count": ({"hopcount_limit": "2"}, "<sender@example.org>", ["<good@peer.example>"],
                  "Received: from a by b; Thu, 1 Jan 2026 00:00:00 +0000\n" * 3 + TEXT),
}
WARNED = {
    "delayed": ({"delay_warning_time": "1s"}, "<sender@example.org>", ["<slow@peer.example>", "<x@later.example> NOTIFY=DELAY"], TEXT),
    "delayed-postmaster-copy": ({"delay_warning_time": "1s", "notify_classes": "delay"}, "<sender@example.org>", ["<slow@peer.example>"], TEXT),
    "delayed-null-sender": ({"delay_warning_time": "1s", "notify_classes": "delay"}, "<>", ["<slow@peer.example> NOTIFY=NEVER"], TEXT),
    "delayed-notify-failure-only": ({"delay_warning_time": "1s"}, "<sender@example.org>", ["<slow@peer.example> NOTIFY=FAILURE"], TEXT),
}
TEMPLATE = """failure_template = <<EOF
Charset: us-ascii
From: MAILER-DAEMON (Mail at $myhostname)
Subject: Could not deliver
Postmaster-Subject: Postmaster Copy: could not deliver

This is $myhostname. Mail is kept for $maximal_queue_lifetime_days days,
warnings are sent after $delay_warning_time_hours hours.
EOF
"""


def play(prefix, name, case, late):
    settings, mail, rcpts, text = case
    with Bench(prefix, {**ROUTES, **settings}, Peer(replies=REFUSE)) as b:
        if "bounce_template_file" in settings:
            (b.postfix.etc / "bounce.cf").write_text(TEMPLATE)
        (b.postfix.root / "boxes").mkdir(exist_ok=True)
        (b.postfix.root / "boxes").chmod(0o777)
        answers = b.smtp(mail, rcpts, text)
        b.settle()
        if late:
            time.sleep(2.5)
            b.postfix.run("postqueue", "-f")
            time.sleep(0.5)
            b.settle(0.6)
        sections = [("settings", settings_text({k: v for k, v in settings.items()})), ("template", TEMPLATE if name == "template" else ""),
                    ("envelope", f"MAIL FROM:{mail}\n" + "".join(f"RCPT TO:{r}\n" for r in rcpts)),
                    ("message", text if len(text) < 1200 else text[:300] + "[and 58 lines more]\n")]
        sections = [s for s in sections if s[1]]
        if not any("queued as" in x for x in answers):
            sections.append(("refused", "\n".join(answers[-5:])))
        for m, r, raw in b.peer.messages:
            body = raw.replace(b"\r\n", b"\n").decode("utf-8", "surrogateescape")
            kind = "report" if "multipart/report" in body else "delivered to the next host"
            sections.append((f"{kind}", b.clean(m) + "\n" + "\n".join(r) + "\n\n" + b.clean(body)))
        write("bounce", name, sections)


def record(prefix):
    write("bounce", "routes", [("settings", settings_text(ROUTES)), ("next host refuses", "".join(f"{k}: {v!r}\n" for k, v in REFUSE.items()))])
    for name, case in CASES.items():
        play(prefix, name, case, False)
    for name, case in WARNED.items():
        play(prefix, name, case, True)
