#!/usr/bin/env bash
# Unit, conformance, client and robustness tests on the sanitizer build: `tools/asan.sh [pytest arguments]`.
#
# Left out are tests marked `resident`, which measure memory. On this build a server that ends counts the blocks that it
# did not give back (app/server.py), and tests/servers.py holds that against the test.
#
# The sanitizer's runtime must be the first library of every process, so it is preloaded into pytest, its workers and the
# servers they start (all inherit this environment and find the package in build/asan before src). The real redis-server
# gets a clean environment through a wrapper: it brings its own allocator.
#
# Reports go to build/asan-reports/*.PID, because a server's standard error may belong to a test. A report fails the run
# even when every test passed.
set -euo pipefail
cd "$(dirname "$0")/.."
PY="$PWD/${VENV:-.venv}/bin/python"
BUILD="$PWD/build/asan"
REPORTS="$PWD/build/asan-reports"

tools/build.sh asan
rm -rf "$REPORTS"
mkdir -p "$REPORTS"
printf '#!/bin/sh\nexec env -u LD_PRELOAD "%s" "$@"\n' "$(command -v redis-server)" > build/redis-server-plain
chmod +x build/redis-server-plain

suites=()
for suite in tests/unit tests/conformance tests/clients tests/robustness tests/fuzz; do
    [ -d "$suite" ] && suites+=("$suite")
done

status=0
env \
    LD_PRELOAD="$(gcc -print-file-name=libasan.so):$(gcc -print-file-name=libubsan.so)" \
    PYTHONPATH="$BUILD" PYTHONMALLOC=malloc PYTHONDONTWRITEBYTECODE=1 \
    AUTOCACHE_SANITIZER=asan AUTOCACHE_TEST_REDIS_SERVER="$PWD/build/redis-server-plain" \
    ASAN_OPTIONS="detect_leaks=0:abort_on_error=1:allocator_may_return_null=1:log_path=$REPORTS/asan" \
    UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:log_path=$REPORTS/ubsan" \
    "$PY" -m pytest -n 2 --timeout 600 -p no:cacheprovider -m "not resident" "${suites[@]}" "$@" || status=$?

if [ -n "$(ls -A "$REPORTS")" ]; then
    echo "sanitizer reports (kept in $REPORTS):" >&2
    head -n 60 "$REPORTS"/* >&2
    exit 1
fi
exit "$status"
