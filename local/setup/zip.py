"""Packs a function's binary as Lambda wants it: a zip that holds an executable named bootstrap.

Usage: zip.py BINARY ZIP. The same binary always gives the same bytes.
"""

import sys
import zipfile

binary, archive = sys.argv[1:]
entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
entry.compress_type = zipfile.ZIP_DEFLATED
entry.create_system = 3  # Unix: the mode below counts
entry.external_attr = 0o755 << 16
with open(binary, "rb") as source, zipfile.ZipFile(archive, "w") as target:
    target.writestr(entry, source.read())
