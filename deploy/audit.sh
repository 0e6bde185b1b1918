#!/bin/sh
# Checks the crates against deny.toml. cargo-deny is installed below target/, by cargo, if it is missing.
# The list of known weaknesses is fetched from a git repository; where that cannot be had, all else is checked,
# and the end says so.
#
# usage: deploy/audit.sh
set -eu
cd "$(dirname "$0")/.."

CARGO_DENY=0.20.2
tools=target/tools
if ! [ -x $tools/bin/cargo-deny ]; then
    echo "audit.sh: installing cargo-deny $CARGO_DENY below $tools" >&2
    cargo install --quiet --debug --locked --root $tools cargo-deny@$CARGO_DENY
fi

$tools/bin/cargo-deny --locked check licenses bans sources
if $tools/bin/cargo-deny fetch db; then
    $tools/bin/cargo-deny --locked check --disable-fetch advisories
else
    echo "audit.sh: the list of known weaknesses could not be fetched, so these were NOT checked" >&2
fi
