#!/usr/bin/env bash
# Makes the virtual environment $VENV with build, run-time and development requirements, all read from pyproject.toml.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV="${VENV:-.venv}"

tools/system.sh compiler
if ! "$VENV/bin/python" -c 'import pip' 2>/dev/null; then
    python="$(tools/system.sh python)"
    echo "making $VENV with $python ($("$python" --version))"
    # --clear: an environment without a working interpreter (a moved tree, a removed Python) is of no use.
    "$python" -m venv --clear "$VENV"
fi

# `pip install --group` needs pip >= 25.1. Requirements of the build go in as well: the build is not isolated, so that
# compiling again takes a second instead of a new environment.
pip=("$VENV/bin/python" -m pip --quiet --disable-pip-version-check)
"${pip[@]}" install 'pip>=25.1'
"$VENV/bin/python" - > "$VENV/requirements.txt" <<'READ'
import tomllib
with open("pyproject.toml", "rb") as file:
    project = tomllib.load(file)
print("\n".join(project["build-system"]["requires"] + project["project"]["dependencies"]))
READ
"${pip[@]}" install -r "$VENV/requirements.txt" --group dev

# Editable: metadata, the console script, and src on the path. No extension is compiled here (there is no room of that
# name): pip would do it in a directory of its own, and `make build` again beside the sources.
AUTOCACHE_ROOMS=none "${pip[@]}" install --no-build-isolation --no-deps -e .
