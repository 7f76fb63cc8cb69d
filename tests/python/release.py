"""Packs a function's binary as another release of it: the same program, started with one variable of its
own.

Usage: release.py BINARY NAME VALUE ZIP
"""

import sys
import zipfile

binary, name, value, archive = sys.argv[1:]
start = f"#!/bin/sh\nexport {name}='{value}'\nexec \"$(dirname \"$0\")/program\"\n"
with open(binary, "rb") as source, zipfile.ZipFile(archive, "w") as target:
    for path, content in (("bootstrap", start.encode()), ("program", source.read())):
        entry = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 3  # Unix: the mode below counts
        entry.external_attr = 0o755 << 16
        target.writestr(entry, content)
