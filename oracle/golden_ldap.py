"""ldap: tables against a private slapd: filters, result attributes of all kinds, recursion, limits, referrals, aliases, binds, mistakes.

Recorded from Debian's postfix-ldap and slapd, whatever --prefix says. SLAPD_PORT stands for the server's port, CLOSED_PORT for one on which nobody listens.
"""
import os
import re
import shutil
import subprocess

from golden import Bench, clean
from golden_commands import Shell
from instance import free_port, wait_port

SLAPD = """include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
sizelimit 1000
database mdb
suffix dc=example,dc=test
rootdn cn=admin,dc=example,dc=test
rootpw adminpw
directory {slapd}
"""
DATA = """dn: dc=example,dc=test
objectClass: organization
objectClass: dcObject
o: example
dc: example

dn: ou=people,dc=example,dc=test
objectClass: organizationalUnit
ou: people

dn: cn=Anna,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
cn: Anna
sn: A
mail: anna@example.test
description: anna@store.test
userPassword: annapw

dn: cn=Bert,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
cn: Bert
sn: B
mail: bert@example.test
mail: bert.two@example.test
description: bert@store.test
description: bert@archive.test
departmentNumber: 7

dn: cn=Carla,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
cn: Carla
sn: C
mail: carla@example.test
departmentNumber: 7

dn: cn=Star,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
cn: Star
sn: *()\\
mail: a*b@example.test
description: star

dn: cn=Paren,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
cn: Paren
sn: P
mail: (x)\\y@example.test
description: paren

dn: cn=Gr\u00fcn\\, Hans,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
cn: Gr\u00fcn, Hans
sn: gr\u00fcn
description: hans@store.test
description;lang-de: hans-de@store.test

dn: cn=staff,ou=people,dc=example,dc=test
objectClass: groupOfNames
objectClass: extensibleObject
cn: staff
mail: staff@example.test
member: cn=Anna,ou=people,dc=example,dc=test
member: cn=Bert,ou=people,dc=example,dc=test
member: cn=Nobody,ou=people,dc=example,dc=test
description: extern@elsewhere.test

dn: cn=dynamic,ou=people,dc=example,dc=test
objectClass: device
objectClass: extensibleObject
cn: dynamic
mail: dynamic@example.test
labeledURI: ldap:///ou=people,dc=example,dc=test?mail?sub?(departmentNumber=7)

dn: cn=dynamic2,ou=people,dc=example,dc=test
objectClass: device
objectClass: extensibleObject
cn: dynamic2
mail: dynamic2@example.test
labeledURI: ldap:///ou=people,dc=example,dc=test??one?(cn=anna)
labeledURI: ldap:///ou=people,dc=example,dc=test?sn?one?(cn=anna)

dn: cn=broken,ou=people,dc=example,dc=test
objectClass: device
objectClass: extensibleObject
cn: broken
mail: broken@example.test
labeledURI: ldap:///ou=people,dc=example,dc=test?mail?nowhere?(cn=anna)

dn: cn=nodn,ou=people,dc=example,dc=test
objectClass: device
objectClass: extensibleObject
cn: nodn
mail: nodn@example.test
labeledURI: this is no name

dn: cn=loop,ou=people,dc=example,dc=test
objectClass: groupOfNames
objectClass: extensibleObject
cn: loop
mail: loop@example.test
member: cn=loop,ou=people,dc=example,dc=test

dn: cn=outer,ou=people,dc=example,dc=test
objectClass: groupOfNames
objectClass: extensibleObject
cn: outer
mail: outer@example.test
member: cn=staff,ou=people,dc=example,dc=test
member: cn=Carla,ou=people,dc=example,dc=test

dn: cn=ended,ou=people,dc=example,dc=test
objectClass: groupOfNames
objectClass: extensibleObject
cn: ended
mail: ended@example.test
mobile: 12345
member: cn=Anna,ou=people,dc=example,dc=test

dn: ou=aliases,dc=example,dc=test
objectClass: organizationalUnit
ou: aliases

dn: cn=anna2,ou=aliases,dc=example,dc=test
objectClass: alias
objectClass: extensibleObject
cn: anna2
aliasedObjectName: cn=Anna,ou=people,dc=example,dc=test

dn: ou=elsewhere,dc=example,dc=test
objectClass: referral
objectClass: extensibleObject
ou: elsewhere
ref: ldap://127.0.0.1:SLAPD_PORT/ou=people,dc=example,dc=test

"""
COMMON = {"server_host": "127.0.0.1", "server_port": "SLAPD_PORT", "search_base": "ou=people,dc=example,dc=test", "version": "3", "timeout": "5"}
MAIL = {"query_filter": "(mail=%s)", "result_attribute": "description"}
GROUPS = {"query_filter": "(mail=%s)", "result_attribute": "description", "special_result_attribute": "member, labeledURI", "leaf_result_attribute": "mail", "terminal_result_attribute": "mobile"}
ALL = ["anna@example.test", "ANNA@Example.Test", "bert@example.test", "carla@example.test", "nobody@example.test", "anna", "@example.test", "a*b@example.test", "*", "a*", "(x)\\y@example.test",
       "anna@example.test)(cn=*", "\\2a", "*)(mail=*"]
GROUP = ["staff@example.test", "dynamic@example.test", "dynamic2@example.test", "outer@example.test", "ended@example.test", "anna@example.test"]
CASES = {
    "plain": (MAIL, ALL),
    "default-filter": ({"result_attribute": "description"}, ["anna@example.test"]),
    "no-parentheses": ({**MAIL, "query_filter": "mail=%s"}, ["anna@example.test", "(x)\\y@example.test"]),
    "and": ({**MAIL, "query_filter": "(&(mail=%u@%d)(objectClass=inetOrgPerson))"}, ALL),
    "labels": ({**MAIL, "query_filter": "(&(mail=%s)(|(sn=%2)(cn=%u)))"}, ["anna@example.test", "anna@test", "anna"]),
    "two-attributes": ({**MAIL, "result_attribute": "mail description"}, ["bert@example.test", "anna@example.test"]),
    "subtype": ({"query_filter": "(cn=%s)", "result_attribute": "description"}, ["gr\u00fcn, hans"]),
    "subtype-only": ({"query_filter": "(cn=%s)", "result_attribute": "description;lang-de"}, ["gr\u00fcn, hans"]),
    "format": ({**MAIL, "result_format": "smtp:[%d]:%u %U %S"}, ["anna@example.test", "bert@example.test", "a*b@example.test", "anna"]),
    "filter-as-format": ({**MAIL, "result_filter": "<%s>"}, ["anna@example.test"]),
    "domain": ({**MAIL, "domain": "example.test"}, ["anna@example.test", "anna", "@example.test", "anna@other.test"]),
    "base-of-key": ({**MAIL, "search_base": "cn=%u,ou=people,dc=example,dc=test", "scope": "base", "query_filter": "(objectClass=*)"}, ["anna@example.test", "nobody@x", "a+b,c=d@x", " #;<>\"@x", "anna"]),
    "scope-one": ({**MAIL, "scope": "one"}, ["anna@example.test"]),
    "scope-one-above": ({**MAIL, "scope": "one", "search_base": "dc=example,dc=test"}, ["anna@example.test"]),
    "scope-base": ({**MAIL, "scope": "base"}, ["anna@example.test"]),
    "scope-unknown": ({**MAIL, "scope": "huh"}, ["anna@example.test"]),
    "groups": (GROUPS, GROUP),
    "groups-plain": ({**GROUPS, "leaf_result_attribute": "", "terminal_result_attribute": "", "result_attribute": "mail"}, GROUP),
    "groups-only": ({"query_filter": "(mail=%s)", "result_attribute": "", "special_result_attribute": "member"}, ["staff@example.test"]),
    "nothing-asked": ({"query_filter": "(mail=%s)", "result_attribute": ""}, ["anna@example.test"]),
    "malformed-url": (GROUPS, ["broken@example.test"]),
    "malformed-dn": (GROUPS, ["nodn@example.test"]),
    "loop": ({**GROUPS, "recursion_limit": "3"}, ["anna@example.test", "loop@example.test"]),
    "recursion-reached": ({**GROUPS, "recursion_limit": "2"}, ["staff@example.test", "outer@example.test"]),
    "expansion-reached": ({**MAIL, "expansion_limit": "2"}, ["bert@example.test"]),
    "expansion-exceeded": ({**MAIL, "expansion_limit": "1", "size_limit": "9"}, ["anna@example.test", "bert@example.test"]),
    "expansion-exceeded-in-a-group": ({**MAIL, "special_result_attribute": "member", "expansion_limit": "2", "size_limit": "9"}, ["staff@example.test"]),
    "size-reached": ({**MAIL, "query_filter": "(sn=%s)", "size_limit": "1"}, ["a"]),
    "size-exceeded": ({**MAIL, "query_filter": "(|(sn=%s)(sn=b))", "size_limit": "1"}, ["a"]),
    "fixed-filter": ({**MAIL, "query_filter": "(sn=a)"}, ["x"]),
    "bad-filter": ({**MAIL, "query_filter": "(sn=%s"}, ["x"]),
    "no-such-base": ({**MAIL, "search_base": "ou=none,dc=example,dc=test"}, ["anna@example.test"]),
    "bad-base": ({**MAIL, "search_base": "nonsense"}, ["anna@example.test"]),
    "foreign-base": ({**MAIL, "search_base": "dc=elsewhere"}, ["anna@example.test"]),
    "no-base": (MAIL | {"search_base": ""}, ["anna@example.test"]),
    "referral": ({**MAIL, "search_base": "ou=elsewhere,dc=example,dc=test"}, ["anna@example.test"]),
    "referral-below": ({**MAIL, "search_base": "dc=example,dc=test"}, ["anna@example.test", "nobody@example.test"]),
    "referral-chased": ({**MAIL, "search_base": "ou=elsewhere,dc=example,dc=test", "chase_referrals": "yes"}, ["anna@example.test", "nobody@example.test"]),
    "aliases-never": ({"query_filter": "(sn=%s)", "search_base": "ou=aliases,dc=example,dc=test", "result_attribute": "description"}, ["a"]),
    "aliases-searching": ({"query_filter": "(sn=%s)", "search_base": "ou=aliases,dc=example,dc=test", "result_attribute": "description", "dereference": "1"}, ["a"]),
    "aliases-always": ({"query_filter": "(sn=%s)", "search_base": "cn=anna2,ou=aliases,dc=example,dc=test", "result_attribute": "description", "dereference": "3"}, ["a"]),
    "aliases-unknown": ({**MAIL, "dereference": "4"}, ["anna@example.test"]),
    "bind-no": ({**MAIL, "bind": "no"}, ["anna@example.test"]),
    "bind-none": ({**MAIL, "bind": "none"}, ["anna@example.test"]),
    "bind-simple": ({**MAIL, "bind": "simple", "bind_dn": "cn=anna,ou=people,dc=example,dc=test", "bind_pw": "annapw"}, ["anna@example.test"]),
    "bind-wrong": ({**MAIL, "bind_dn": "cn=anna,ou=people,dc=example,dc=test", "bind_pw": "wrongpw"}, ["anna@example.test"]),
    "bind-no-password": ({**MAIL, "bind_dn": "cn=anna,ou=people,dc=example,dc=test"}, ["anna@example.test"]),
    "bind-unknown": ({**MAIL, "bind": "huh"}, ["anna@example.test"]),
    "second-server": ({**MAIL, "server_host": "127.0.0.1:CLOSED_PORT 127.0.0.1:SLAPD_PORT"}, ["anna@example.test"]),
    "url": ({**MAIL, "server_host": "ldap://127.0.0.1:CLOSED_PORT, ldap://127.0.0.1:SLAPD_PORT"}, ["anna@example.test"]),
    "no-server": ({**MAIL, "server_host": "ldap://127.0.0.1:CLOSED_PORT"}, ["anna@example.test"]),
    "no-server-unbound": ({**MAIL, "server_host": "127.0.0.1:CLOSED_PORT", "bind": "no"}, ["anna@example.test"]),
    "empty-server": ({**MAIL, "server_host": ""}, ["anna@example.test"]),
    "start-tls-refused": ({**MAIL, "start_tls": "yes"}, ["anna@example.test"]),
    "cached": ({**MAIL, "cache": "yes", "cache_expiry": "5", "cache_size": "7"}, ["anna@example.test"]),
    "not-cached": ({**MAIL, "cache": "no"}, ["anna@example.test"]),
    "version-4": ({**MAIL, "version": "4"}, ["anna@example.test"]),
    "version-1": ({**MAIL, "version": "1"}, ["anna@example.test"]),
    "bad-recursion-limit": ({**MAIL, "recursion_limit": "0"}, ["anna@example.test"]),
    "bad-minssf": ({**MAIL, "bind": "sasl", "sasl_minssf": "5000"}, ["anna@example.test"]),
    "bad-template": ({**MAIL, "result_format": "%z"}, ["anna@example.test"]),
    "bad-base-template": ({**MAIL, "search_base": "cn=%x"}, ["anna@example.test"]),
}


def record(prefix):
    with Bench("", {}) as b:
        slapd = b.postfix.root / "slapd"
        slapd.mkdir()
        port, closed = free_port(), free_port()
        words = {"SLAPD_PORT": str(port), "CLOSED_PORT": str(closed), "{slapd}": str(slapd)}

        def real(text):
            for word, value in words.items():
                text = text.replace(word, value)
            return text

        s = Shell(b)
        plain = b.clean
        b.clean = lambda text: plain(re.sub(rf"\b{port}\b", "SLAPD_PORT", re.sub(rf"\b{closed}\b", "CLOSED_PORT", text)))
        os.chdir(b.postfix.etc)
        (slapd / "slapd.conf").write_text(real(SLAPD))
        (slapd / "data.ldif").write_text(real(DATA), encoding="utf-8")
        subprocess.run(["/usr/sbin/slapadd", "-q", "-f", slapd / "slapd.conf", "-l", slapd / "data.ldif"], check=True)
        server = subprocess.Popen(["/usr/sbin/slapd", "-d", "0", "-f", slapd / "slapd.conf", "-h", f"ldap://127.0.0.1:{port}"])
        try:
            wait_port(port)
            s.sections += [("slapd.conf", SLAPD), ("data.ldif", DATA)]
            for name, (settings, keys) in CASES.items():
                text = "".join(f"{k} = {v}\n" for k, v in {**COMMON, **settings}.items())
                s.file(f"{name}.cf", text)
                (b.postfix.etc / f"{name}.cf").write_text(real(text))
                s.run(f"postmap -q - ldap:./{name}.cf", "".join(k + "\n" for k in keys))
            s.write("ldap", "slapd")
        finally:
            server.terminate()
            server.wait(20)
            os.chdir("/")
            shutil.rmtree(slapd, ignore_errors=True)
