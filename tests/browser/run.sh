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

# Installs Debian packages, and says so.
install() {
  echo "installing $* with apt-get" >&2
  as_root=$([ "$(id -u)" = 0 ] || echo sudo)
  $as_root apt-get update
  $as_root apt-get install -y --no-install-recommends "$@"
}

command -v npm > /dev/null || install nodejs npm
[ -x "${CHROMIUM_BIN:-/usr/bin/chromium}" ] || install chromium
[ -d node_modules/playwright-core ] || npm ci --no-audit --no-fund
exec npm run --silent "${1:-test}"
