#!/bin/sh
# The programs that only the system's packages bring: a C compiler (it links Rust), Python with venv.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"

packages=
command -v cc >/dev/null || packages="$packages gcc libc6-dev"
python3 -c 'import ensurepip, venv' 2>/dev/null || packages="$packages python3 python3-venv"
if [ -n "$packages" ]; then
    # shellcheck disable=SC2086 # one word a package
    install_debian $packages ||
        fail "missing:$packages (Debian's names). Install them and run this again; what was tried is in $logs/apt.log"
fi

command -v cargo >/dev/null ||
    fail "cargo is missing: install Rust with rustup, which then fetches the version in rust-toolchain.toml"
