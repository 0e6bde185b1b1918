#!/bin/sh
# Tests the bounds of memory, counts what the hub costs, without a network, and compares it with the recorded
# figures. Installs what is missing.
#
# usage: guard.sh [check | record | repeat [N]]     CARGO_TARGET_DIR is honoured
set -eu
cd "$(dirname "$0")"

../../tests/apt.sh "command -v valgrind" valgrind
target=${CARGO_TARGET_DIR:-../target}
cargo test --quiet --profile guard --tests --target-dir "$target"
cargo build --quiet --profile guard --bin guard --target-dir "$target"
exec "$target/guard/guard" "${@:-check}"
