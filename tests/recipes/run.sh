#!/usr/bin/env bash
# Runs every block of docs/recipes.md, third-party clients and real proxies against the real binary, and adds
# up what they say. Installs what is missing, or fails. SSEHUB_BIN names the binary; target/release/ssehub
# unless it is set. Arguments name the test files to run; all of them unless there are any.
SSEHUB_BIN=$(realpath "${SSEHUB_BIN:-$(dirname "$0")/../../target/release/ssehub}")
export SSEHUB_BIN
[[ -x $SSEHUB_BIN ]] || { echo "there is no $SSEHUB_BIN" >&2; exit 2; }
cd "$(dirname "$0")" || exit 2
PATH=$PATH:/usr/sbin:/sbin
./install.sh || exit 2

# Everything is on this machine; no proxy of the user's stands between.
export no_proxy='*' NO_PROXY='*'
USED=$(mktemp)
export USED
trap 'rm -f "$USED"' EXIT
source ../tally.sh
files=("$@")
(($#)) || files=(*.test.sh)

run_files "${files[@]}"

# The heading above each block; one that stands here twice has a block that nothing runs.
headings() {
    awk '/^```/ { if (!inside) print heading; inside = !inside; next }
        !inside && /^#+ / { heading = substr($0, index($0, " ") + 1) }' ../../docs/recipes.md
}
if (($# == 0)) && ! left=$(diff <(headings | sort) <(sort -u "$USED")); then
    echo "FAILED blocks of docs/recipes.md (<) that no test runs"
    echo "$left"
    failed=$((failed + 1))
fi

close
