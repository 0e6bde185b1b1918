#!/bin/sh
# Runs the tests of the client library and of the figures of the dashboard, on Node.js 20.19 or newer and nothing else. Installs it if it is missing.
#
# usage: run.sh [FILE...]     SEEDS says how many simulations to run (25 unless set), SEED repeats one
set -eu
cd "$(dirname "$0")"

../apt.sh "command -v node" nodejs
[ $# -gt 0 ] || set -- *.test.js
# A client that asks without end shall fail here, and not fill the machine.
NODE_OPTIONS=--max-old-space-size=256 exec node --disable-warning=ExperimentalWarning \
  --disable-warning=MODULE_TYPELESS_PACKAGE_JSON --test --test-timeout=600000 "$@"
