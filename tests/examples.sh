#!/bin/sh
# Runs each example on a free port: its own events and a message must come out of one stream, and
# it must read both itself.
#
# usage: tests/examples.sh     CARGO_TARGET_DIR is honoured; FEATURES adds features
set -eu
cd "$(dirname "$0")/.."

# How long anything may take: polls of a twentieth of a second.
POLLS=1200
STREAM_SECONDS=300

work=$(mktemp -d)
example=
reader=
passed=0
failed=0

stop() {
    # Both are this script's own, and have not been waited for: the numbers are still theirs.
    [ -z "$reader" ] || { kill "$reader" && wait "$reader" || true; } 2>/dev/null
    [ -z "$example" ] || { kill "$example" && wait "$example" || true; } 2>/dev/null
    reader=
    example=
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# check WHAT COMMAND...: counts whether the command succeeds.
check() {
    what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        echo "ok      $name: $what"
    else
        failed=$((failed + 1))
        echo "FAILED  $name: $what"
    fi
}

# shows FILE PATTERN: waits until a line of the file matches.
shows() {
    polls=$POLLS
    until grep -q "$2" "$1"; do
        polls=$((polls - 1))
        [ $polls -gt 0 ] || return 1
        sleep 0.05
    done
}

is_accepted() {
    answer=$(curl -sS --max-time 60 -d '{"user":"ann","message":"hello"}' "$1/sse/message") &&
        [ "$answer" = '{"succeeded":true,"message":"OK"}' ]
}

is_running() {
    kill -0 "$example" 2>/dev/null
}

run() {
    name=$1
    : >"$work/out"
    : >"$work/stream"
    "${CARGO_TARGET_DIR:-target}/debug/examples/$name" 127.0.0.1:0 >"$work/out" &
    example=$!
    check "prints its address" shows "$work/out" '^http://127\.0\.0\.1:[1-9]'
    url=$(grep -m1 '^http://' "$work/out") || { stop; return 0; }

    curl -sSN --max-time $STREAM_SECONDS "$url/sse?user=bob" >"$work/stream" &
    reader=$!
    check "opens a stream" shows "$work/stream" '^retry: '
    check "accepts a message" is_accepted "$url"
    check "delivers the message" shows "$work/stream" '^data: hello$'
    check "delivers its own events" shows "$work/stream" '^data: count [1-9]'
    check "reads the message" shows "$work/out" '^"hello"$'
    check "reads its own events" shows "$work/out" '^"count [1-9]'
    check "still runs" is_running
    stop
}

cargo build --quiet --examples --features "${FEATURES:-}"
for source in examples/on_*.rs; do
    run "$(basename "$source" .rs)"
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
