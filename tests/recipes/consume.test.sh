# The page's consumers, and another client: they hear, come back to a server that has restarted and miss nothing
# of what came meanwhile, and stop when the topics have ended.
source "$(dirname "$0")/lib.sh"

start_at "$(free_port)" --data "$TMP/data" --retry 200ms
block "Publish several events at once" "$TMP/lines.sh"
run_block "$TMP/lines.sh" >/dev/null &
wait $!
hello=$(get "$URL/events/news?format=poll&last_event_id=earliest" | sed 's/.*"id":"\([^"]*\)".*/\1/')
two=$(publish news $'two\nlines' '?type=note')

block "Consume with curl and jq" "$TMP/curl.sh"
block "Consume with Python and httpx-sse" "$TMP/httpx-sse.py"
block "Consume with Python and sseclient-py" "$TMP/sseclient-py.py"
block "Consume with Node and eventsource" "$TMP/eventsource.mjs"
block "Consume with Node by long polling" "$TMP/long-polling.mjs"
# A consumer of its own types asks for them.
sed -i 's/"paid"/"paid", "note"/' "$TMP/eventsource.mjs"
CLIENTS=(httpx-sse.py sseclient-py.py eventsource.mjs long-polling.mjs fetch-event-source)

# consumes NAME COMMAND…: runs it beside the test; what it says goes to files of its name.
declare -A CONSUMERS
consumes() {
    : >"$TMP/$1.out"
    aside "${@:2}" >"$TMP/$1.out" 2>"$TMP/$1.err"
    CONSUMERS[$1]=$ASIDE
}
consumes curl.sh run_block "$TMP/curl.sh"
for client in "${CLIENTS[@]:0:4}"; do consumes "$client" run_block "$TMP/$client"; done
consumes fetch-event-source node "$HERE/clients/fetch-event-source.mjs" \
    "$URL/events?topic=orders/42&topic=news&last_event_id=earliest"

for client in curl.sh "${CLIENTS[@]}"; do
    wait_until grep -q 'two' "$TMP/$client.out" || check "$client hears" two "$(cat "$TMP/$client".*)"
done
kill -TERM "$PID"
check_exit "the server stops" 0 "$PID"
check_exit "curl and jq end with their stream" 0 "${CONSUMERS[curl.sh]}"
check "curl and jq: what they print" \
    "order-42-paid"$'\t'"paid"$'\t'"{\"total\":12.5}"$'\n'"$hello"$'\t'"message"$'\t'"hello"$'\n'"$two"$'\t'"note"$'\t''two\nlines' \
    "$(cat "$TMP/curl.sh.out")"

# Whoever hears this has resumed: nothing was connected when it came.
"$BIN" log import --data "$TMP/data" <<<'{"topic":"news","id":"away","data":"while you were away"}' >/dev/null
check "an event comes while the server is away" 0 $?
start_at "$PORT" --data "$TMP/data" --retry 200ms
for client in "${CLIENTS[@]}"; do
    hears "$TMP/$client.out" "away message while you were away" ||
        check "$client comes back" "while you were away" "$(cat "$TMP/$client".*)"
done

live=$(publish news live)
get -o /dev/null -X DELETE "$URL/events/orders%2F42"
get -o /dev/null -X DELETE "$URL/events/news"
for client in "${CLIENTS[@]}"; do
    check_exit "$client stops when the topics have ended" 0 "${CONSUMERS[$client]}"
    check "$client: what it prints" "order-42-paid paid {\"total\":12.5}
$hello message hello
$two note two
lines
away message while you were away
$live message live" "$(cat "$TMP/$client.out")"
done
