# What the set-up scripts share. Sourced, never run.
# shellcheck shell=sh

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
local_dir=$root/target/local
logs=$local_dir/logs
mkdir -p "$logs"

say() {
    printf 'setup: %s\n' "$*"
}

fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

# visibly LOG COMMAND...: runs the command with its output in the log, and shows that it still runs.
visibly() {
    log=$1
    shift
    (
        seconds=0
        while sleep 10 >/dev/null; do
            kill -0 $$ 2>/dev/null || exit 0
            seconds=$((seconds + 10))
            say "  still at it after $seconds s"
        done
    ) &
    ticker=$!
    status=0
    "$@" >"$log" 2>&1 </dev/null || status=$?
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    return "$status"
}

# install_debian PACKAGE...: installs packages where that is ours to do; otherwise returns false.
install_debian() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    say "installing $* by apt-get"
    visibly "$logs/apt.log" apt-get update -q || return 1
    DEBIAN_FRONTEND=noninteractive visibly "$logs/apt.log" \
        apt-get install -q -y --no-install-recommends "$@"
}
