#!/usr/bin/env bash
# Fuzzes the request parser (tests/fuzz/fuzz_parser.py says how and why so) and a whole cache (tests/fuzz/fuzz_cache.py),
# each for half of $1 seconds.
#
# With clang and atheris: coverage-guided, on a sanitizer build by clang. Without (no clang to be had, no atheris for this
# Python): the same target under a plain mutation loop on gcc's sanitizer build, and a line that says so.
#
# The corpus grows in build/fuzz-corpus and starts from tests/fuzz/corpus. What crashed is kept in build/fuzz-crashes; put
# it into tests/fuzz/corpus once it is mended, where tests/fuzz/test_corpus.py replays it for ever.
set -euo pipefail
cd "$(dirname "$0")/.."
SECONDS_MAX=$((${1:-600} / 2))
PY="${VENV:-.venv}/bin/python"
CORPUS=build/fuzz-corpus
CRASHES=build/fuzz-crashes
mkdir -p "$CORPUS" "$CRASHES" tests/fuzz/corpus

if ! [ -e src/autocache/resp/parser.pyx ]; then
    echo "fuzz: no parser to fuzz yet" >&2
    exit 0
fi

coverage_guided() {
    tools/system.sh clang && {
        "$PY" -c 'import atheris' 2>/dev/null \
            || "$PY" -m pip install --quiet --disable-pip-version-check --group fuzz
    }
}

options="detect_leaks=0:abort_on_error=1:allocator_may_return_null=1"
if coverage_guided; then
    tools/build.sh fuzz
    runtime="$("$PY" -c 'import atheris; print(atheris.path())')/asan_with_fuzzer.so"
    build=build/fuzz
    arguments=("$CORPUS" tests/fuzz/corpus "-max_total_time=$SECONDS_MAX" "-artifact_prefix=$CRASHES/" -max_len=2049
        -timeout=10 -rss_limit_mb=4096 -dict=tests/fuzz/resp.dict -print_final_stats=1 -verbosity=0)
else
    echo "fuzz: clang or atheris is missing; falling back to a plain mutation loop" >&2
    tools/build.sh asan
    runtime="$(gcc -print-file-name=libasan.so)"
    build=build/asan
    arguments=(--plain "$SECONDS_MAX" "$CRASHES" tests/fuzz/corpus)
fi

# The whole cache, on gcc's build, which is the one that the tests use too.
log=build/fuzz-cache.run.log
tools/build.sh asan
if LD_PRELOAD="$(gcc -print-file-name=libasan.so):$(gcc -print-file-name=libubsan.so)" PYTHONPATH=build/asan \
    PYTHONMALLOC=malloc PYTHONDONTWRITEBYTECODE=1 \
    ASAN_OPTIONS="$options" UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1" \
    "$PY" tests/fuzz/fuzz_cache.py "$SECONDS_MAX" "$CRASHES" >"$log" 2>&1
then
    echo "fuzz: $(grep -oE 'plain runs: [0-9]+' "$log" | grep -oE '[0-9]+') programs on a whole cache in $SECONDS_MAX s, no finding"
else
    tail -n 80 "$log" >&2
    echo "fuzz: FAILED; the program is in $CRASHES, the whole report in $log" >&2
    exit 1
fi

log=build/fuzz.run.log
if LD_PRELOAD="$runtime" PYTHONPATH="$build" PYTHONMALLOC=malloc PYTHONDONTWRITEBYTECODE=1 \
    ASAN_OPTIONS="$options" UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1" \
    "$PY" tests/fuzz/fuzz_parser.py "${arguments[@]}" >"$log" 2>&1
then
    echo "fuzz: $(grep -oE 'stat::number_of_executed_units: +[0-9]+|plain runs: [0-9]+' "$log" | grep -oE '[0-9]+' | tail -1)" \
        "inputs in $SECONDS_MAX s, no finding"
else
    tail -n 80 "$log" >&2
    echo "fuzz: FAILED; the input is in $CRASHES, the whole report in $log" >&2
    exit 1
fi
