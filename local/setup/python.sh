#!/bin/sh
# The Python environments: the stand-ins for AWS with an independent reader of KPL records, the checks
# of the templates, which want other versions of the same libraries, and programs that come as packages. With
# the argument `package` the one that builds the packages, which nothing else needs.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"

# environment NAME REQUIREMENTS: makes target/local/NAME, unless it is there and as it should be.
environment() {
    venv=$local_dir/$1
    requirements=$root/local/setup/$2
    installed=$venv/INSTALLED
    # Programs of an environment name its folder in their first line: a moved one is made anew.
    wanted="$venv
$(cat "$requirements")"

    [ "$(cat "$installed" 2>/dev/null)" = "$wanted" ] && return 0

    say "making the Python environment $venv (about 30 s)"
    rm -rf "$venv"
    visibly "$logs/$1.log" python3 -m venv "$venv" ||
        fail "python3 -m venv failed: see $logs/$1.log"
    visibly "$logs/$1-pip.log" "$venv/bin/pip" install --disable-pip-version-check -r "$requirements" ||
        fail "pip could not install $requirements: see $logs/$1-pip.log"
    printf '%s\n' "$wanted" >"$installed"
}

if [ "${1:-}" = package ]; then
    environment package requirements-package.txt
else
    environment venv requirements.txt
    environment checks requirements-checks.txt
    environment lints requirements-lints.txt
fi
