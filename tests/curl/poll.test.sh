# Long polling: answers at once, or when there is something, or when the time is up.
source "$(dirname "$0")/lib.sh"
start --admin-listen 127.0.0.1:0
EVENTS="$URL/events"
ADMIN=$(sed -n 's/.*metrics and health on //p' "$LOG")
publish() { get -o /dev/null -d "$2" "$EVENTS/$1"; }
# poll ARGUMENT…: by the header, as a client of JSON asks.
poll() { get -H 'Accept: application/json' "$@"; }
# position: of an answer.
position() { sed 's/.*"last_event_id":"#\([^"]*\)".*/\1/'; }

check "an empty log has a position" '{"events":[],"last_event_id":"#N"}' "$(poll "$EVENTS/a?wait=0" | shown)"
begin=$(poll "$EVENTS/a?wait=0" | position)
publish a one
publish b "not for a"
publish a two
check "what came since" \
    '{"events":[{"id":"#N","topic":"a","data":"one","time":T},{"id":"#N","topic":"a","data":"two","time":T}],"last_event_id":"#N"}' \
    "$(poll "$EVENTS/a?last_event_id=$begin" | shown)"
next=$(poll "$EVENTS/a?last_event_id=$begin" | position)
check "nothing more" '{"events":[],"last_event_id":"#N"}' "$(poll "$EVENTS/a?wait=0&last_event_id=$next" | shown)"
check "a second passes" '{"events":[],"last_event_id":"#N"}' "$(poll "$EVENTS/a?wait=1&last_event_id=$next" | shown)"

# waits FILE ARGUMENT…: polls beside the test, and waits until the server knows.
waits() {
    local file=$1
    shift
    # By itself, so that a signal reaches it.
    aside curl -q -s --noproxy '*' --max-time 300 -H 'Accept: application/json' -o "$file" "$@"
    wait_until one_waits
}
one_waits() { get "$ADMIN/metrics" | grep -qxF 'ssehub_subscribers{transport="poll"} 1'; }
none_waits() { get "$ADMIN/metrics" | grep -qxF 'ssehub_subscribers{transport="poll"} 0'; }
waits "$TMP/waiting" "$EVENTS/a?last_event_id=$next"
waiting=$ASIDE
publish a three
check_exit "an event ends the wait" 0 "$waiting"
check "and is the answer" '{"events":[{"id":"#N","topic":"a","data":"three","time":T}],"last_event_id":"#N"}' \
    "$(shown <"$TMP/waiting")"

# A client that polls from now on, and asks again from where it was told to, hears everything.
after=$(poll "$EVENTS/count?wait=0" | position)
aside bash -c "for ((i = 1; i <= 200; i++)); do curl -q -s --noproxy '*' -o /dev/null -d \$i '$EVENTS/count'; done"
heard=
while [[ $heard != *$'\n200' ]]; do
    answer=$(poll "$EVENTS/count?last_event_id=$after")
    after=$(position <<<"$answer")
    heard+=$'\n'$(grep -o '"data":"[0-9]*"' <<<"$answer" | tr -dc '0-9\n')
    [[ $answer == *'"events":[{'* ]] || break
done
check "nothing is lost between polls" "$(seq 200)" "$(sed '/^$/d' <<<"$heard")"

check "a gap" '{"events":[],"last_event_id":"#N","gap":{"after":"1-0","resumed":"#N"}}' \
    "$(poll "$EVENTS/none?last_event_id=1-0" | shown)"
check "not to be kept" no-store "$(field cache-control -H 'Accept: application/json' "$EVENTS/a?wait=0")"
for wait in 61 -1 1.5 ''; do
    check "to wait for '$wait'" '{"succeeded":false,"errorMessage":"wait is a number of seconds up to 60"}' \
        "$(poll "$EVENTS/a?wait=$wait")"
done
check "a connection for many polls" 1 \
    "$(get -v -o /dev/null -o /dev/null -o /dev/null "$EVENTS/[1-3]?format=poll&wait=0" 2>&1 | grep -c 'Connected to')"

# Whoever stops waiting is let go, and so is everyone when the server stops.
waits "$TMP/leaves" "$EVENTS/a?wait=60"
leave "$ASIDE"
wait_until none_waits
waits "$TMP/stopped" "$EVENTS/quiet?wait=60"
stopped=$ASIDE
kill -TERM "$PID"
check_exit "the server stops at once" 0 "$PID"
check_exit "the poll is answered" 0 "$stopped"
check "with its position" '{"events":[],"last_event_id":"#N"}' "$(shown <"$TMP/stopped")"
check "nothing was cut" 0 "$(grep -c WARN "$LOG")"

# Pages come from the file, too.
start --data "$TMP/data" --window-events 10
for ((i = 1; i <= 600; i++)); do echo "{\"data\":\"$i\"}"; done >"$TMP/many"
get -o /dev/null -H 'Content-Type: application/x-ndjson' --data-binary "@$TMP/many" "$URL/events/many"
after=earliest heard=
for ((page = 0; page < 10; page++)); do
    answer=$(poll "$URL/events/many?wait=0&last_event_id=$after")
    after=$(position <<<"$answer")
    [[ $answer == *'"events":[]'* ]] && break
    heard+=$(grep -o '"data":"[0-9]*"' <<<"$answer" | tr -dc '0-9\n')$'\n'
done
check "page after page" "$(seq 600)" "${heard%$'\n'}"
