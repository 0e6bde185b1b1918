#!/usr/bin/env bash
# Runs every test file against the real binary and adds up what they say.
# SSEHUB_BIN names the binary; target/release/ssehub unless it is set.
SSEHUB_BIN=$(realpath "${SSEHUB_BIN:-$(dirname "$0")/../../target/release/ssehub}")
export SSEHUB_BIN
[[ -x $SSEHUB_BIN ]] || { echo "there is no $SSEHUB_BIN" >&2; exit 2; }
cd "$(dirname "$0")" || exit 2
../apt.sh "command -v curl" curl "command -v openssl" openssl "command -v python3" python3 || exit 2
../redis/install.sh || exit 2
source ../tally.sh

run_files *.test.sh

close
