"""virtual_alias_maps: recipients in, recipients out."""
import re

from golden import Bench, settings_text, write

CASES = {
    # name: (settings, recipients)
    "plain": ({"virtual_alias_maps": "inline:{{bob@example.test=alice@example.test} {list@example.test = a@example.test, b@other.example c@example.test}}"},
              ["bob@example.test", "list@example.test", "nobody@example.test", "BOB@Example.TEST"]),
    "recursive": ({"virtual_alias_maps": "inline:{{a@example.test=b@example.test} {b@example.test=c@example.test} {c@example.test=d@elsewhere.example}}"}, ["a@example.test", "b@example.test"]),
    "contains-itself": ({"virtual_alias_maps": "inline:{{bob@example.test = bob@example.test, alice@example.test}}"}, ["bob@example.test"]),
    "two-point-at-each-other": ({"virtual_alias_maps": "inline:{{a@example.test=b@example.test} {b@example.test=a@example.test}}"}, ["a@example.test"]),
    "three-in-a-ring": ({"virtual_alias_maps": "inline:{{a@example.test=b@example.test} {b@example.test=c@example.test} {c@example.test=a@example.test}}"}, ["a@example.test"]),
    "diamond-duplicates": ({"virtual_alias_maps": "inline:{{top@example.test = l@example.test, r@example.test} {l@example.test=x@example.test} {r@example.test = x@example.test, y@example.test}}"}, ["top@example.test"]),
    "duplicates-kept": ({"enable_original_recipient": "no", "virtual_alias_maps": "inline:{{top@example.test = x@example.test, x@example.test, X@example.test}}"}, ["top@example.test"]),
    "keys-in-order": ({"recipient_delimiter": "+", "virtual_alias_maps": "inline:{{bob+tag@example.test=exact@out.example} {bob@example.test=user@out.example} {alice+tag=local-ext@out.example} {alice=local@out.example} {@example.test=catchall@out.example} {@other.example=@out.example}}"},
                      ["bob+tag@example.test", "bob+other@example.test", "bob@example.test", "alice+tag@example.test", "alice+x@example.test", "alice@example.test", "carol@example.test", "carol+x@example.test", "dave+x@other.example", "dave@other.example", "alice@other.example", "alice"]),
    "extension-not-propagated": ({"recipient_delimiter": "+", "propagate_unmatched_extensions": "", "virtual_alias_maps": "inline:{{bob@example.test=user@out.example} {@other.example=@out.example}}"}, ["bob+tag@example.test", "dave+x@other.example"]),
    "catchall-maps-to-same-domain": ({"virtual_alias_maps": "inline:{{@example.test=bob@example.test} {bob@example.test=bob@example.test}}"}, ["anyone@example.test", "bob@example.test"]),
    "catchall-without-identity-entry": ({"virtual_alias_maps": "inline:{{@example.test=bob@example.test}}"}, ["anyone@example.test"]),
    "domain-to-two-domains": ({"virtual_alias_maps": "inline:{{@example.test = @a.example, @b.example}}"}, ["bob@example.test"]),
    "result-without-domain": ({"virtual_alias_maps": "inline:{{bob@example.test = alice, root}}"}, ["bob@example.test"]),
    "result-with-quotes-and-comments": ({"virtual_alias_maps": "inline:{{bob@example.test = \"john doe\"@example.test (comment) <carol@example.test>}}"}, ["bob@example.test"]),
    "several-tables-in-order": ({"virtual_alias_maps": "inline:{{bob@example.test=first@example.test}}, inline:{{bob@example.test=second@example.test} {alice@example.test=second@example.test}}"}, ["bob@example.test", "alice@example.test"]),
    "later-table-more-specific": ({"virtual_alias_maps": "inline:{{@example.test=catchall@out.example}}, inline:{{bob@example.test=bob@out.example}}"}, ["bob@example.test"]),
    "static": ({"virtual_alias_maps": "static:all@out.example"}, ["bob@example.test"]),
    "regexp": ({"virtual_alias_maps": "regexp:{{/^(.*)-list@example\\.test$$/ $$1@lists.example}}"}, ["dev-list@example.test", "bob@example.test"]),
    "table-in-trouble": ({"virtual_alias_maps": "fail:broken", "smtpd_reject_unlisted_recipient": "no"}, ["bob@example.test"]),
    "recursion-limit": ({"virtual_alias_recursion_limit": "3", "virtual_alias_maps": "inline:{{a@example.test=b@example.test} {b@example.test=c@example.test} {c@example.test=d@example.test} {d@example.test=e@example.test} {e@example.test=f@example.test}}"}, ["a@example.test", "c@example.test"]),
    "growing-forever": ({"virtual_alias_recursion_limit": "10", "virtual_alias_maps": "regexp:{{/^(.*)@example\\.test$$/ x$$1@example.test}}"}, ["bob@example.test"]),
    "address-length-limit": ({"virtual_alias_address_length_limit": "60", "virtual_alias_maps": "regexp:{{/^(.*)@example\\.test$$/ x$$1-long-text-that-grows-and-grows@example.test}}"}, ["bob@example.test"]),
    "expansion-limit": ({"virtual_alias_expansion_limit": "3", "virtual_alias_maps": "inline:{{list@example.test = a@example.test, b@example.test, c@example.test, d@example.test}}"}, ["list@example.test"]),
    "expansion-limit-just-met": ({"virtual_alias_expansion_limit": "3", "virtual_alias_maps": "inline:{{list@example.test = a@example.test, b@example.test, c@example.test}}"}, ["list@example.test"]),
    "alias-domain": ({"virtual_alias_domains": "alias.example", "virtual_alias_maps": "inline:{{known@alias.example=bob@example.test}}"}, ["known@alias.example", "unknown@alias.example"]),
    "empty-result": ({"virtual_alias_maps": "inline:{{bob@example.test = ,}}"}, ["bob@example.test"]),
    "source-route-and-percent": ({"virtual_alias_maps": "inline:{{bob@example.test=alice@example.test}}"}, ["@relay.example:bob@example.test", "bob%example.test@example.test", "bob@[127.0.0.1]"]),
    "owner-of-postmaster": ({"virtual_alias_maps": "inline:{{postmaster=alice@example.test}}"}, ["postmaster", "postmaster@example.test", "postmaster@mx.example.test"]),
}
HIDDEN = {"defer_transports": "local smtp relay virtual error retry discard", "default_transport": "smtp:[127.0.0.1]:9"}


def record(prefix):
    for name, (settings, recipients) in CASES.items():
        with Bench(prefix, {**settings, **HIDDEN}) as b:
            sections = [("settings", settings_text(settings))]
            seen = 0
            for rcpt in recipients:
                answers = b.smtp("<sender@example.org>", [f"<{rcpt}>"], "Subject: x\n\nx\n")
                b.settle(0.1)
                found = b.postfix.messages()
                sections.append(("recipient", rcpt))
                notices = [m for m in found if m[0].startswith("double-bounce@")]
                found = [m for m in found if m not in notices]
                if found:
                    sections.append(("queued for", "\n".join(r for _, rs, _ in found for r in rs)))
                else:
                    sections.append(("answer", b.clean("\n".join(x for x in answers if x[:1] in "45"))))
                if notices:
                    sections.append(("notice to postmaster", "\n".join(x for x in notices[0][2].decode().splitlines() if x.startswith("Subject:"))))
                log = b.postfix.log.read_text().splitlines()
                lines = [re.sub(r"^.*?\]: ", "", x) for x in log[seen:] if re.search(r"warning|cleanup\[\d+\]: (?!.*message-id)", x) and "daemon started" not in x]
                seen = len(log)
                if lines:
                    sections.append(("log", b.clean("\n".join(lines))))
                b.postfix.purge()
            write("aliases", name, sections)
