#!/bin/sh
# The Python environment: the stand-ins for AWS and an independent reader of KPL records.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"

venv=$local_dir/venv
requirements=$root/local/setup/requirements.txt
installed=$venv/INSTALLED
# Programs of an environment name its folder in their first line: a moved one is made anew.
wanted="$venv
$(cat "$requirements")"

[ "$(cat "$installed" 2>/dev/null)" = "$wanted" ] && exit 0

say "making the Python environment $venv (about 30 s)"
rm -rf "$venv"
visibly "$logs/venv.log" python3 -m venv "$venv" ||
    fail "python3 -m venv failed: see $logs/venv.log"
visibly "$logs/pip.log" "$venv/bin/pip" install --disable-pip-version-check -r "$requirements" ||
    fail "pip could not install $requirements: see $logs/pip.log"
printf '%s\n' "$wanted" >"$installed"
