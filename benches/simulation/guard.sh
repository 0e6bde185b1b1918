#!/bin/sh
# Counts what the hub costs, without a network, and compares it with the recorded figures. Installs
# what is missing.
#
# usage: guard.sh [check | record | repeat [N]]     CARGO_TARGET_DIR is honoured
set -eu
cd "$(dirname "$0")"

# Installs Debian packages, and says so.
install() {
  echo "installing $* with apt-get" >&2
  as_root=$([ "$(id -u)" = 0 ] || echo sudo)
  $as_root apt-get update
  $as_root apt-get install -y --no-install-recommends "$@"
}

command -v valgrind > /dev/null || install valgrind
target=${CARGO_TARGET_DIR:-../target}
cargo build --quiet --profile guard --bin guard --target-dir "$target"
exec "$target/guard/guard" "${@:-check}"
