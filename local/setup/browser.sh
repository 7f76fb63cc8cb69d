#!/bin/sh
# A headless browser, in which the tests open the demo's picture of the dashboards: Chromium, from
# the path or from Debian's packages. PATH in target/local/browser says where it is.
#
# Other tests go on without it, so what goes wrong here is written to UNAVAILABLE. Only where CI is
# set is it a failure.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"

home=$local_dir/browser

find_browser() {
    for name in chromium-headless-shell chromium chromium-browser google-chrome; do
        command -v "$name" && return 0
    done
    return 1
}

[ ! -x "$(cat "$home/PATH" 2>/dev/null)" ] || exit 0

rm -rf "$home"
mkdir -p "$home"
if ! find_browser >/dev/null && ! install_debian chromium-headless-shell; then
    printf '%s\n' "Chromium is missing: install the package chromium and run make setup-browser" >"$home/UNAVAILABLE"
    [ -z "${CI:-}" ] || fail "no browser: $(cat "$home/UNAVAILABLE")"
    say "no browser, tests of the picture are skipped: $(cat "$home/UNAVAILABLE")"
    exit 0
fi
find_browser >"$home/PATH"
