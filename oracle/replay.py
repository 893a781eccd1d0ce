#!/usr/bin/env python3
"""Replays golden conversations against a real Postfix with the Java runner: is the runner right, and does that Postfix agree?

usage: replay.py [--prefix DIR] [--classes DIR] file.smtp...

--prefix "" is Debian's package, whose version is older than the recorded one: its differences are listed, not forbidden.
"""
import argparse
import os
import pathlib
import subprocess
import sys

from instance import Postfix
from record import HIDDEN, OLD

HERE = pathlib.Path(__file__).resolve().parent
MODULE = HERE.parent / "bundles/mail-spi-tck"


def settings(path, prefix):
    found = {}
    for line in path.read_text().splitlines():
        if line.startswith("== "):
            break
        if line.strip() and not line.startswith("#"):
            name, value = line.split("=", 1)
            found[name.strip()] = value.strip().replace("{dir}", str(path.parent / "files"))
    if not prefix:
        found = {**OLD, **found, "compatibility_level": OLD["compatibility_level"]}
    return {**found, **HIDDEN}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("files", nargs="+", type=pathlib.Path)
    p.add_argument("--prefix", default="/tmp/oracle-pf")
    p.add_argument("--classes", default=MODULE / "target/classes")
    a = p.parse_args()
    java = os.environ.get("JAVA_HOME", "/usr/lib/jvm/temurin-25-jdk-amd64") + "/bin/java"
    failures = 0
    for path in map(pathlib.Path.resolve, a.files):
        postfix = Postfix(f"/tmp/oracle-replay.{os.getpid()}", settings(path, a.prefix), a.prefix)
        try:
            postfix.start()
            r = subprocess.run([java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", str(a.classes),
                                "org.ostler.mail.tck.PlayScripts", "127.0.0.1", str(postfix.port), str(path)],
                               capture_output=True, text=True)
        finally:
            postfix.stop()
            postfix.clean()
        failures += r.returncode
        print(f"{path.stem}: {r.returncode} of {r.stdout.count('ok    ') + r.returncode} differ", flush=True)
        print("".join(line for line in r.stdout.splitlines(True) if not line.startswith("ok    ")) + r.stderr, end="", flush=True)
    print(failures, "differences")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
