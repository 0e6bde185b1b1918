#!/usr/bin/env bash
# Runs targets of the Makefile that are tests, some at the same time, and says which begins, how each ends, and after
# how long. What a target prints comes in one piece when it ends. All of them run, also after one has failed.
#
# usage: all.sh TARGET...
set -u
cd "$(dirname "$0")/.." || exit 2

REPORT=$(mktemp -d)
export REPORT
trap 'rm -rf "$REPORT"' EXIT
# A target's own output is held back until it ends, and this is not.
exec 3>&1
began=$SECONDS
make --no-print-directory --keep-going --jobs="$(nproc)" --output-sync=target CARGO="${CARGO:-cargo}" "${@/#/test-}"
code=$?

echo
skipped=$(cat "$REPORT"/*.skipped 2>/dev/null)
[[ -z $skipped ]] || printf 'skipped:\n%s\n' "$skipped"
for target; do
    cat "$REPORT/$target" 2>/dev/null || echo "$target: not run, for what it needs has failed"
done
if ((code != 0)); then
    echo "some tests failed, in $((SECONDS - began)) s"
    exit 1
fi
echo "all tests passed, in $((SECONDS - began)) s"
