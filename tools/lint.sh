#!/usr/bin/env bash
# Runs every static check to its end, then fails if one of them failed, naming it.
set -uo pipefail
cd "$(dirname "$0")/.."
BIN="${VENV:-.venv}/bin"
# cython-lint starts pycodestyle by name.
export PATH="$PWD/$BIN:$PATH"
failed=()

check() {
    local name="$1"
    shift
    "$@" || failed+=("$name")
}

# Only rooms that exist are passed on: mypy and cython-lint end at a path that does not.
existing() { local path; for path in "$@"; do [ -e "$path" ] && printf '%s\n' "$path"; done; }
mapfile -t typed < <(existing src bench tests tools)
mapfile -t compiled < <(find src -name '*.pyx' -o -name '*.pxd')

check "ruff check" "$BIN/ruff" check --quiet --output-format concise .
check "ruff format (make format)" "$BIN/ruff" format --check --quiet .
check "mypy" "$BIN/mypy" --no-error-summary "${typed[@]}"
if [ "${#compiled[@]}" -gt 0 ]; then
    check "cython-lint" "$BIN/cython-lint" "${compiled[@]}"
    check "Cython hints" "$BIN/python" tools/hints.py
fi
check "layers" "$BIN/python" tools/layers.py
check "docs/commands.md (make docs)" "$BIN/python" -m autocache.commands.docs --check docs/commands.md

if [ "${#failed[@]}" -gt 0 ]; then
    printf 'lint failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
echo "lint: all checks passed"
