#!/usr/bin/env bash
# Runs every test file against the real binary and adds up what they say.
# SSEHUB_BIN names the binary; target/release/ssehub unless it is set.
SSEHUB_BIN=$(realpath "${SSEHUB_BIN:-$(dirname "$0")/../../target/release/ssehub}")
export SSEHUB_BIN
[[ -x $SSEHUB_BIN ]] || { echo "there is no $SSEHUB_BIN" >&2; exit 2; }
cd "$(dirname "$0")" || exit 2
missing=()
for tool in curl openssl python3; do command -v "$tool" >/dev/null || missing+=("$tool"); done
if ((${#missing[@]})); then
    echo "installing ${missing[*]} with apt-get" >&2
    as_root=$( ((EUID == 0)) || echo sudo)
    $as_root apt-get update && $as_root apt-get install -y --no-install-recommends "${missing[@]}" || exit 2
fi
source ../tally.sh

run_files *.test.sh

close
