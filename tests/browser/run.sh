#!/bin/sh
# Runs the tests of the page, in a real Chromium against the real server. Installs what is missing.
#
# usage: run.sh [test | screenshots]     SSEHUB_BIN names the server (target/release/ssehub unless set),
#                                        CHROMIUM_BIN the browser (/usr/bin/chromium unless set)
set -eu
cd "$(dirname "$0")"

if [ ! -x "${CHROMIUM_BIN:-/usr/bin/chromium}" ]; then
  apt-get update
  apt-get install -y --no-install-recommends chromium
fi
[ -d node_modules/playwright-core ] || npm ci --no-audit --no-fund
exec npm run --silent "${1:-test}"
