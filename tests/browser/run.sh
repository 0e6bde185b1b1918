#!/bin/sh
# Runs the tests of the page, in a real Chromium against the real server. Installs what is missing.
#
# usage: run.sh [test | screenshots]     SSEHUB_BIN names the server (target/release/ssehub unless set),
#                                        CHROMIUM_BIN the browser (/usr/bin/chromium unless set)
set -eu
SSEHUB_BIN=$(realpath "${SSEHUB_BIN:-$(dirname "$0")/../../target/release/ssehub}")
export SSEHUB_BIN
[ -x "$SSEHUB_BIN" ] || { echo "there is no $SSEHUB_BIN" >&2; exit 2; }
echo "the server is $SSEHUB_BIN, built $(date -r "$SSEHUB_BIN" '+%F %T')" >&2
cd "$(dirname "$0")"

../apt.sh "command -v node" nodejs "command -v npm" npm "test -x ${CHROMIUM_BIN:-/usr/bin/chromium}" chromium
# The folder holds a copy of the list that it was made from, put there last.
if ! cmp -s package-lock.json node_modules/made-from; then
  npm ci --no-audit --no-fund
  cp package-lock.json node_modules/made-from
fi
exec npm run --silent "${1:-test}"
