# A disk that is full, for real: publishers are told, subscribers stay, and once there is room again
# it goes on by itself. What was acknowledged is there all along.
skip() {
    printf 'skipped: %s\n0 passed, 0 failed\n' "$1"
    exit
}
if [[ ${1-} != inside ]]; then
    for flags in -rm -m; do
        unshare "$flags" mount -t tmpfs -o size=64k none /mnt 2>/dev/null &&
            exec unshare "$flags" bash "$0" inside
    done
    skip "this user may not mount a small file system"
fi
source "$(dirname "$0")/lib.sh"
DISK="$TMP/disk" FILLER="$TMP/disk/filler"
mkdir "$DISK"
trap 'umount -l "$DISK" 2>/dev/null; finish' EXIT

MESSAGES=400
BODY=$(printf '%016384d' 0)
SMALL=$(printf '%0100d' 0)

# publish NUMBER [BODY]: whether the message is acknowledged, which is noted.
publish() {
    ANSWER=$(say "message $1 ${2-$BODY}" "${3-}")
    [[ $ANSWER == *'"succeeded":true'* ]] && echo "$1" >>"$TMP/acknowledged"
}

# fill FROM: publishes until that fails; sets NEXT to the number that was refused.
fill() {
    for ((NEXT = $1; NEXT < $1 + MESSAGES; NEXT++)); do
        publish "$NEXT" || return
    done
}

# heard FILE: the numbers of the messages in a stream.
heard() { sed -n 's/^data: message \([0-9]*\) .*/\1/p' "$1"; }

has_all() { [[ $(heard "$TMP/all") == "$(cat "$TMP/acknowledged")" ]]; }

# replays NAME: a new subscriber gets exactly what was acknowledged.
replays() {
    listen "$TMP/all" "$URL/sse?user=ann&last_event_id=earliest"
    wait_until has_all
    check "$1" "$(cat "$TMP/acknowledged")" "$(heard "$TMP/all")"
    kill "$LISTENER"
}

for durability in commit interval:50; do
    mount -t tmpfs -o size=6m none "$DISK" || skip "a small file system cannot be mounted"
    head -c 3M /dev/zero >"$FILLER"
    rm -f "$TMP/acknowledged"
    # A window of few events, so that most of what is replayed comes from the disk.
    settings=(--data "$DISK/log" --durability "$durability" --window-events 300)
    start "${settings[@]}"
    listen "$TMP/stays" "$URL/sse?user=ann"
    stays=$LISTENER

    fill 1
    check "$durability: the disk gets full" yes "$( ((NEXT > 10 && NEXT < MESSAGES)) && echo yes)"
    matches "$durability: the publisher is told" \
        '^\{"succeeded":false,"errorMessage":"the log cannot be used at the moment: .+"\}$' "$ANSWER"
    body="{\"message\":\"$BODY\",\"user\":\"ann\"}"
    check "$durability: with a status" 503 "$(status -d "$body" "$URL/sse/message")"
    check "$durability: and when to come back" 1 "$(field retry-after -d "$body" "$URL/sse/message")"
    check "$durability: the server is not ready" 503 "$(status "$URL/readyz")"
    status -d "$body" "$URL/sse/message" >/dev/null
    matches "$durability: it goes on, and says what is wrong" \
        '^\{"reason":"the log cannot be used.*","status":"degraded"\}$' "$(get "$URL/healthz")"
    check "$durability: the server goes on" 200 "$(status "$URL/healthz")"
    check "$durability: the subscriber stays" yes "$(ended "$stays" || echo yes)"
    replays "$durability: what was acknowledged is there"
    matches "$durability: the log says so" 'events are not stored: the log cannot be used' "$(cat "$LOG")"

    rm "$FILLER"
    wait_until publish "$NEXT" "$SMALL"
    matches "$durability: once there is room it goes on" '"succeeded":true' "$ANSWER"
    check "$durability: and is ready" 200 "$(status "$URL/readyz")"
    hears "$TMP/stays" "data: message $NEXT $SMALL"
    check "$durability: the subscriber has heard it all" "$(cat "$TMP/acknowledged")" \
        "$(heard "$TMP/stays")"
    replays "$durability: nothing is lost"

    if [[ $durability == commit ]]; then
        kill -KILL "$PID"
        wait_until ended "$PID"
    else
        kill -TERM "$PID"
        check_exit "$durability: it stops" 0 "$PID"
    fi
    start "${settings[@]}"
    replays "$durability: nor after a restart"
    publish "$((NEXT + 1))" "$SMALL"
    replays "$durability: and it goes on"
    kill -KILL "$PID"
    wait_until ended "$PID"
    umount "$DISK"
done 2>/dev/null
