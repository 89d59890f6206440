#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Dependencies point one way: fails on an #include that goes against it. Run from the top of the source tree."""
import pathlib
import re
import sys

ALLOWED = {
    "base": set(),
    "classes": {"base"},
    "host": {"base"},
    "events": {"base"},
    "engine": {"base", "host", "classes"},
    "libvirt": {"base", "host", "engine"},
    "bus": {"base"},
    "plugins": {"base", "host", "classes", "engine"},
    "service": {"base", "host", "classes", "engine", "libvirt", "bus", "events", "plugins"},
    "ctl": {"base", "host", "classes", "engine", "libvirt", "bus", "plugins"},
    "hook": {"base", "libvirt"},
}


def folder_of(path):
    parts = path.parts
    return parts[1] if parts[0] == "daemon" else parts[0]


def main():
    faults = []
    for top in ("daemon", "plugins", "ctl", "hook"):
        for path in sorted(pathlib.Path(top).rglob("*.[ch]pp")):
            folder = folder_of(path)
            if folder not in ALLOWED:
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                found = re.match(r'#include "([a-z-]+)/', line)
                if found and found[1] in ALLOWED and found[1] not in ALLOWED[folder] | {folder}:
                    faults.append(f"{path}:{number}: {folder}/ must not include {found[1]}/")
    print("\n".join(faults) or "every include points the right way")
    return 1 if faults else 0


sys.exit(main())
