#!/bin/sh
# The library that draws the demo's picture of the dashboards: Apache ECharts, from Maven's packages.
#
# The demo goes on without it, so what goes wrong here is written to UNAVAILABLE, where the demo and
# the tests find the reason. Only where CI is set is it a failure.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"

home=$local_dir/charts
pom=$root/local/charts/pom.xml
wanted=$(cat "$pom" "$0" | cksum)

unavailable() {
    mkdir -p "$home"
    printf '%s\n' "$1" >"$home/UNAVAILABLE"
    [ -z "${CI:-}" ] || fail "the library for charts is not available: $1"
    say "the library for charts is not available, the demo draws no dashboards: $1"
    exit 0
}

[ "$(cat "$home/INSTALLED" 2>/dev/null)" != "$wanted" ] || exit 0

say "fetching Apache ECharts (1 MB)"
rm -rf "$home"
mkdir -p "$home"
command -v mvn >/dev/null || install_debian maven ||
    unavailable "Maven is missing; install the package maven and run make setup again"
visibly "$logs/charts.log" timeout 600 mvn --batch-mode --quiet --update-snapshots \
    --file "$pom" "-Dinto=$home" package ||
    unavailable "Maven could not fetch it: see $logs/charts.log"
mv "$home"/unpacked/META-INF/resources/webjars/echarts/*/echarts.min.js "$home/"
rm -rf "$home/unpacked" "$home/markers"
printf '%s\n' "$wanted" >"$home/INSTALLED"
