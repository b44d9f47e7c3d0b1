#!/usr/bin/env bash
# Compiles: `tools/build.sh release|asan|fuzz|clean`.
#
# release  in place, beside the sources
# asan     a full copy of the package under build/asan, by gcc
# fuzz     the rooms that the fuzz target needs under build/fuzz, by clang
# clean    removes every product
#
# The compilers' output is shown only when something fails: it is kept in build/<kind>.log.
set -euo pipefail
cd "$(dirname "$0")/.."
PY="${VENV:-.venv}/bin/python"
KIND="${1:-release}"
mkdir -p build

run_logged() {
    local log="build/$KIND.log" status=0
    "$@" >"$log" 2>&1 || status=$?
    if [ "$status" -ne 0 ]; then
        cat "$log" >&2
        echo "tools/build.sh $KIND failed (output above, and in $log)" >&2
        exit "$status"
    fi
    grep -E '^\[ *[0-9]+/[0-9]+\] Cythonizing' "$log" || true
}

# A module whose .pyx was removed or renamed would still be imported from what was built earlier.
prune() {
    local root="$1" built source
    find "$root" -name '*.so' -not -name '_cython_shared.*' | while read -r built; do
        source="src/${built#"$root"/}"
        [ -e "${source%%.cpython-*}.pyx" ] || rm -f "$built"
    done
}

# The same for Python files, which a sanitizer build copies.
prune_copies() {
    local root="$1" copy
    find "$root" -name '*.py' | while read -r copy; do
        [ -e "src/${copy#"$root"/}" ] || rm -f "$copy"
    done
}

copy_build() {
    mkdir -p "build/$KIND"
    prune "build/$KIND"
    prune_copies "build/$KIND"
    run_logged "$PY" setup.py build_py --build-lib "build/$KIND" build_ext --build-lib "build/$KIND"
}

case "$KIND" in
    release)
        prune src
        run_logged "$PY" setup.py build_ext --inplace
        ;;
    asan) AUTOCACHE_BUILD=asan copy_build ;;
    fuzz) CC=clang LDSHARED="clang -shared" AUTOCACHE_BUILD=fuzz AUTOCACHE_ROOMS="${FUZZ_ROOMS:-base memory resp}" copy_build ;;
    clean)
        rm -rf build dist ./*.egg-info src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
        find src -name '*.so' -delete
        find src tests bench tools -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
        ;;
    *) echo "usage: tools/build.sh release|asan|fuzz|clean" >&2; exit 2 ;;
esac
