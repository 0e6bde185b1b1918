#!/usr/bin/env bash
# Runs one target of the Makefile, and says at once that it begins, and how it has ended: for all.sh.
#
# usage: told.sh TARGET COMMAND...
set -u
target=$1
echo "$target: started" >&3
began=$SECONDS
"${@:2}" 2>&1 | tee "$REPORT/$target.output"
code=${PIPESTATUS[0]}
took=$((SECONDS - began))
grep -i '^skipped' "$REPORT/$target.output" | sed "s/^/  $target: /" >"$REPORT/$target.skipped"
rm -f "$REPORT/$target.output"
if ((code == 0)); then said="$target: passed in $took s"; else said="$target: FAILED in $took s"; fi
echo "$said" | tee "$REPORT/$target" >&3
exit "$code"
