#!/bin/sh
# Builds what is deployed: the functions' zips for Lambda, and the commands `bootstrap`, `replay` and `reshape` for
# administrators.
#
# Usage: package.sh INTO ARCHITECTURE...   (arm64, x86_64), with target/local/package set up.
#
# The same source gives the same bytes, in whatever folder: paths are taken out of the programs, and what
# looks at the time sees a fixed one. zig links against glibc 2.28: Amazon Linux 2023, which Lambda's
# provided.al2023 is, has 2.34, and other distributions of the last years have more than 2.28.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"

# Lambda loads the binary at each cold start; a new dependency can double it unnoticed.
most_bytes_transform=5000000
most_bytes_bootstrap=16000000

into=$1
shift
mkdir -p "$into"
into=$(CDPATH='' cd -- "$into" && pwd)
# What an earlier run built for another processor would stand in SHA256SUMS beside what this one builds.
rm -f -- "$into"/*.zip "$into"/*-linux-* "$into/SHA256SUMS"
target=${CARGO_TARGET_DIR:-$root/target}
cargo_home=${CARGO_HOME:-$HOME/.cargo}

export PATH="$local_dir/package/bin:$PATH"
export SOURCE_DATE_EPOCH=315532800
export RUSTFLAGS="--remap-path-prefix=$root=/tributary --remap-path-prefix=$cargo_home=/cargo"

# rust_std TRIPLE: the standard library for it; rustup has it, a compiler by other ways may too.
rust_std() {
    [ -d "$(rustc --print sysroot)/lib/rustlib/$1/lib" ] && return 0
    command -v rustup >/dev/null || fail "Rust's standard library for $1 is missing, and so is rustup to fetch it"
    say "fetching Rust's standard library for $1"
    visibly "$logs/rustup.log" rustup target add "$1" || fail "rustup could not: see $logs/rustup.log"
}

# build PACKAGE TRIPLE: its programs
build() {
    # One package at a time: two would choose each other's features.
    cargo zigbuild --locked --release --target "$2.2.28" --package "$1" --bins
}

# zip FUNCTION ARCHITECTURE TRIPLE
zip() {
    program=$target/$3/release/$1
    bytes=$(wc -c <"$program")
    eval "most=\$most_bytes_$1"
    # shellcheck disable=SC2154 # eval sets it
    [ "$bytes" -le "$most" ] || fail \
        "$1 for $2 has $bytes bytes, $most is the most: see 'Start and size' in docs/performance.md"
    python3 "$root/local/setup/zip.py" "$program" "$into/$1-$2.zip"
    say "$into/$1-$2.zip is ready ($bytes bytes, $(wc -c <"$into/$1-$2.zip") zipped)"
}

cd "$root"
for architecture in "$@"; do
    case $architecture in
    arm64) triple=aarch64-unknown-linux-gnu ;;
    x86_64) triple=x86_64-unknown-linux-gnu ;;
    *) fail "no such architecture: $architecture; say arm64 or x86_64" ;;
    esac
    rust_std "$triple"
    for package in transform bootstrap replay; do
        say "building $package for $architecture"
        build "$package" "$triple"
    done
    zip transform "$architecture" "$triple"
    zip bootstrap "$architecture" "$triple"
    for program in bootstrap replay reshape; do
        cp "$target/$triple/release/$program" "$into/$program-linux-$architecture"
    done
done
(cd "$into" && sha256sum -- *.zip *-linux-* >SHA256SUMS)
