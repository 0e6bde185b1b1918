# Publishers that come together share commits; one that comes alone has one of its own.
source "$(dirname "$0")/lib.sh"
EVENTS=200

skip() {
    echo "skipped: $1"
    exit
}
command -v strace >/dev/null || skip "there is no strace to count the commits with"

traced() { grep -q '^TracerPid:.[1-9]' "/proc/$PID/status"; }

# counted COMMAND…: how often the server asks the disk to sync while the command runs; sets SYNCS. The disk takes a
# while for each, so that publishers that come together meet, however fast it is and slow they are.
counted() {
    aside strace -f -e trace=fsync,fdatasync -e inject=fsync,fdatasync:delay_enter=20ms -o "$TMP/syncs" -p "$PID" 2>/dev/null
    wait_until traced || skip "this user may not trace the server"
    "$@"
    kill -INT "$ASIDE"
    wait_until ended "$ASIDE"
    SYNCS=$(grep -c 'sync(' "$TMP/syncs")
}

BODY='{"message":"hello","user":"ann"}'
together() {
    CODES=$(get -Z --parallel-immediate --parallel-max 50 -d "$BODY" -o "$TMP/answer.#1" \
        -w '%{http_code}\n' "$URL/sse/message#[1-$EVENTS]" 2>/dev/null | sort | uniq -c | tr -s ' ')
}
one_by_one() {
    CODES=$(get -d "$BODY" -o "$TMP/answer.#1" -w '%{http_code}\n' \
        "$URL/sse/message#[1-$EVENTS]" 2>/dev/null | sort | uniq -c | tr -s ' ')
}

start --data "$TMP/commit" --durability commit
counted one_by_one
check "one by one: each is answered" " $EVENTS 200" "$CODES"
check "one by one: each is on the disk first ($SYNCS syncs)" yes "$( ((SYNCS >= EVENTS)) && echo yes)"
alone=$SYNCS
counted together
check "together: each is answered" " $EVENTS 200" "$CODES"
check "together: they share commits ($SYNCS syncs, $alone one by one)" yes \
    "$( ((SYNCS > 0 && SYNCS * 2 < alone)) && echo yes)"

start --data "$TMP/interval" --durability interval:3600000
counted one_by_one
check "an interval: each is answered" " $EVENTS 200" "$CODES"
check "an interval: nobody waits for the disk ($SYNCS syncs)" yes \
    "$( ((SYNCS * 20 < EVENTS)) && echo yes)"
