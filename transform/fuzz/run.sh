#!/bin/sh
# Fuzzes each target for a while: run.sh MINUTES [TARGET…]. Needs a C++ compiler, for libFuzzer.
# What is found is written to target/fuzz/TARGET; the corpus that grows stays in target/fuzz/corpus.
set -eu
here=$(cd -- "$(dirname -- "$0")" && pwd)
root=$(cd -- "$here/../.." && pwd)
minutes=$1
[ "$minutes" -gt 0 ] || {
    echo "run.sh MINUTES [TARGET…]: for how many minutes each target runs" >&2
    exit 2
}
shift
[ $# -gt 0 ] || set -- event payload envelope cloudtrail guardduty flow_log plain walker

command -v c++ >/dev/null || {
    echo "a C++ compiler is missing (Debian's package g++): libFuzzer is built with it" >&2
    exit 1
}
tools=$root/target/tools
[ -x "$tools/bin/cargo-fuzz" ] || cargo install --locked --root "$tools" cargo-fuzz

# The sanitizer is an unstable option of the compiler; with this, the project's own toolchain takes
# it, and no other has to be installed. The release profile is made for Lambda, not for finding faults.
export PATH="$tools/bin:$PATH" RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$root/target/libfuzzer"
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_STRIP=none

golden() {
    case $1 in
    cloudtrail | guardduty | plain) echo "$root/transform/tests/golden/$1" ;;
    flow_log) echo "$root/transform/tests/golden/flow_logs" ;;
    esac
}

cd "$root"
failed=
for target; do
    corpus=$root/target/fuzz/corpus/$target found=$root/target/fuzz/found/$target
    mkdir -p "$corpus" "$found"
    echo "== $target: $minutes minutes"
    # shellcheck disable=SC2046 # a folder, or none
    cargo fuzz run --fuzz-dir "$here" --features libfuzzer "fuzz-$target" \
        "$corpus" "$here/seeds/$target" $(golden "$target") -- \
        -max_total_time=$((minutes * 60)) -max_len=65536 -timeout=20 -rss_limit_mb=2048 \
        -artifact_prefix="$found/" -print_final_stats=1 || failed="$failed $target"
done
[ -z "$failed" ] || {
    echo "failed:$failed. The inputs are in target/fuzz/found: mend the cause, keep them in transform/fuzz/seeds" >&2
    exit 1
}
