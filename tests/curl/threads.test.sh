# Several threads, each with its share of the connections: one log, one order, one graceful end.
source "$(dirname "$0")/lib.sh"
start --threads 3 --drain 5s

check "a thread for each" 3 "$(cat /proc/"$PID"/task/*/comm | grep -c '^ssehub')"

listeners=()
for n in 1 2 3 4 5 6 7; do
    listen "$TMP/$n" "$URL/sse?user=ann"
    listeners+=("$LISTENER")
done
for n in $(seq 50); do say "message $n" >/dev/null; done
for n in 1 2 3 4 5 6 7; do hears "$TMP/$n" "data: message 50"; done
for n in 1 2 3 4 5 6 7; do
    check "listener $n has each message once, in order" \
        "$(seq -f 'message %.0f' 50)" "$(sed -n 's/^data: //p' "$TMP/$n")"
done

resumed=$(last_id "$TMP/3")
leave "${listeners[0]}"
say "after" >/dev/null
listen "$TMP/again" -H "Last-Event-ID: $resumed" "$URL/sse?user=ann"
hears "$TMP/again" "data: after"
check "a client resumes on whichever thread" "after" "$(sed -n 's/^data: //p' "$TMP/again")"

kill "$PID"
check_exit "a graceful end" 0 "$PID"
for listener in "${listeners[@]:1}"; do check_exit "its stream ends in full" 0 "$listener"; done
