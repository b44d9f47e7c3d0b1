#!/usr/bin/env bash
# Makes sure that programs from the system's packages are there: `tools/system.sh python|compiler|redis|suite|clang`.
#
# What is present is used as it is. What is missing is installed with apt-get when this user may (root, or sudo without a
# password); otherwise the message names the packages. `python` prints the path of the interpreter that it settled on.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }

# Installs Debian/Ubuntu packages, or ends with a message that names them. Nothing it installs starts a service.
install_packages() {
    local as_root=()
    if ! command -v apt-get >/dev/null; then
        say "missing: please install the equivalents of these Debian packages: $*"
        exit 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null || { ! sudo -n true 2>/dev/null && ! [ -t 0 ]; }; then
            say "missing: please run as root: apt-get install $*"
            exit 1
        fi
        as_root=(sudo)
    fi
    say "installing from the system's packages: $*"
    "${as_root[@]}" apt-get update -qq >&2 || say "apt-get update failed; trying with the lists at hand"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

# A policy-rc.d that says 101 keeps a package's post-install script from starting its service. One that exists already
# belongs to the system and stays.
install_without_services() {
    local policy=/usr/sbin/policy-rc.d made="" as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    if ! [ -e "$policy" ] && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
        made=yes
    fi
    local status=0
    (install_packages "$@") || status=$?
    [ -z "$made" ] || "${as_root[@]}" rm -f "$policy"
    # With systemd the unit is enabled and would take :6379 at the next boot.
    if [ "$status" -eq 0 ] && [ -d /run/systemd/system ]; then
        "${as_root[@]}" systemctl disable --now redis-server >&2 || true
    fi
    return "$status"
}

# Whether interpreter $1 is >= 3.11 and has venv, pip's installer and the C headers.
python_fits() {
    "$1" - >/dev/null 2>&1 <<'CHECK'
import ensurepip, os, sys, sysconfig, venv
header = os.path.join(sysconfig.get_path("include"), "Python.h")
sys.exit(0 if sys.version_info >= (3, 11) and os.path.exists(header) else 1)
CHECK
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3}; do
        if command -v "$candidate" >/dev/null && python_fits "$candidate"; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

need_python() {
    find_python && return 0
    if [ -n "${PYTHON:-}" ]; then
        say "PYTHON=$PYTHON is not a Python >= 3.11 with venv, ensurepip and C headers (python3-venv, python3-dev)"
        exit 1
    fi
    install_packages python3 python3-venv python3-dev
    find_python && return 0
    # An older release's python3 (Ubuntu 22.04: 3.10) may have a newer one beside it.
    install_packages python3.11 python3.11-venv python3.11-dev
    find_python || { say "no Python >= 3.11 found; name one with: make PYTHON=/path/to/python3"; exit 1; }
}

need_compiler() {
    if ! command -v "${CC:-gcc}" >/dev/null || ! printf '#include <stdlib.h>\n' | "${CC:-gcc}" -xc -fsyntax-only - 2>/dev/null
    then
        install_packages gcc libc6-dev
    fi
}

need_redis() {
    # The comparisons are written against 7.0; redis-server and redis-tools come from one source package.
    if ! command -v redis-server >/dev/null || ! command -v redis-cli >/dev/null || ! command -v redis-benchmark >/dev/null
    then
        install_without_services redis-server redis-tools
    fi
    case "$(redis-server --version)" in
        *v=7.0.*) ;;
        *) say "note: the tests compare with redis-server 7.0; here is $(redis-server --version)" ;;
    esac
}

# What Redis's own test suite is written in, and what unpacks the source package that carries it.
need_suite() {
    command -v tclsh >/dev/null || install_packages tcl
    command -v dpkg-source >/dev/null || install_packages dpkg-dev
}

need_clang() {
    command -v clang >/dev/null || install_packages clang
}

case "${1:-}" in
    python) need_python ;;
    compiler) need_compiler ;;
    redis) need_redis ;;
    suite) need_suite ;;
    clang) need_clang ;;
    *) say "usage: tools/system.sh python|compiler|redis|suite|clang"; exit 2 ;;
esac
