#!/bin/sh
# Builds the packages of what is committed in two new folders of different names, and compares them byte
# by byte. Usage: package-twice.sh ARCHITECTURE...
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"

work=$root/target/twice
rm -rf "$work"
# Both before anything is built: a commit meanwhile would be in one of them alone.
for folder in one the/other; do
    git clone --quiet --shared "$root" "$work/$folder"
done
for folder in one the/other; do
    mkdir -p "$work/$folder/target"
    ln -s "$local_dir" "$work/$folder/target/local"
    CARGO_TARGET_DIR=$work/$folder/target "$work/$folder/local/setup/package.sh" "$work/$folder/target/package" "$@"
done
cd "$work"
for file in one/target/package/*-*; do
    cmp "$file" "the/other/target/package/${file##*/}" || fail "${file##*/} differs"
done
say "the same bytes twice:"
cat one/target/package/SHA256SUMS
