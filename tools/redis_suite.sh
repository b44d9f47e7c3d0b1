#!/usr/bin/env bash
# Puts the source package of the system's redis under build/redis-suite/redis, whose test suite tools/redis_suite.py runs.
#
# apt-get finds and verifies it: the system's own package sources are copied to a private list that asks for source
# packages, with private state beside it, so the system's configuration stays as it is and no root is needed. Nothing of
# the package becomes a part of this repository.
#
# Changed in the unpacked tree is what would keep tests from running that have nothing to do with it:
# - the programs that tests start (src/redis-cli and others) are links to the system's;
# - what the suite sends before and after each block, `function flush` and CONFIG SET of the block's settings, may be
#   refused, by a server without functions or an append-only file: the tests that need it fail, the block's others run;
# - a test whose code failed, inside MULTI for example, does not leave its connection to the next one.
set -euo pipefail
cd "$(dirname "$0")/.."
HOME_DIR="$PWD/build/redis-suite"
TREE="$HOME_DIR/redis"
READY="$HOME_DIR/ready.stamp"

[ "$READY" -nt tools/redis_suite.sh ] && exit 0
tools/system.sh suite
rm -rf "$HOME_DIR/apt" "$HOME_DIR/package" "$TREE"
mkdir -p "$HOME_DIR/apt/sources" "$HOME_DIR/apt/lists/partial" "$HOME_DIR/apt/cache/archives/partial" "$HOME_DIR/package"

for list in /etc/apt/sources.list.d/*.sources; do
    [ -e "$list" ] || continue
    sed 's/^Types:.*/Types: deb-src/' "$list" > "$HOME_DIR/apt/sources/$(basename "$list")"
done
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -e "$list" ] || continue
    sed -n 's/^deb /deb-src /p' "$list" > "$HOME_DIR/apt/sources/$(basename "$list" .list).list"
done

private=(
    -q -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$HOME_DIR/apt/sources"
    -o "Dir::State::lists=$HOME_DIR/apt/lists" -o "Dir::Cache=$HOME_DIR/apt/cache"
)
# As root apt-get would hand the download to a user that may not write here.
[ "$(id -u)" -ne 0 ] || private+=(-o "APT::Sandbox::User=root")

LOG="$HOME_DIR/fetch.log"
fetch() {
    # One of several sources may be out of reach, or have no source packages.
    apt-get "${private[@]}" update || echo "apt-get update failed in part"
    (cd "$HOME_DIR/package" && apt-get "${private[@]}" source --download-only redis)
    dpkg-source --no-copy -x "$HOME_DIR"/package/redis_*.dsc "$TREE"
}
if ! fetch >"$LOG" 2>&1; then
    cat "$LOG" >&2
    echo "tools/redis_suite.sh: the source package of redis could not be fetched (output above)" >&2
    exit 1
fi

for program in redis-cli redis-benchmark redis-server redis-check-aof redis-check-rdb; do
    ln -sf "$(command -v "$program")" "$TREE/src/$program"
done
sed -i -e 's/^    r function flush$/    catch {r function flush}/' \
    -e 's/^        r config set \$param \$val$/        catch {r config set $param $val}/' "$TREE/tests/support/server.tcl"
sed -i 's/^                lappend details \$::errorInfo$/&\n                catch {reconnect}/' "$TREE/tests/support/test.tcl"
touch "$READY"
echo "redis suite: $(basename "$HOME_DIR"/package/redis_*.dsc .dsc) is in build/redis-suite/redis"
