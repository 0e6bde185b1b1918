# Lines of JSON: published in one request and in one commit, and read as a stream.
source "$(dirname "$0")/lib.sh"
start
NDJSON='Content-Type: application/x-ndjson'

# publish BODY [PATH]
publish() { get -H "$NDJSON" --data-binary "$1" "$URL/events${2-}"; }

listen_lines "$TMP/all" -D "$TMP/head" "$URL/events?topic=*"
listen_lines "$TMP/orders" "$URL/events?topic=orders/%7Bid%7D"
check "three events" '{"events":[{"id":"#N","topic":"orders/1"},{"id":"#N","topic":"b"},{"id":"#N","topic":"orders/2"}]}' \
    "$(publish $'{"data":"one","topic":"orders/1"}\n{"data":{ "n": 1.50 },"topic":"b","type":"t","user":"ann"}\n\n{"data":"a\\nb","topic":"orders/2","id":"7","retry":500}\n' | shown)"
wait_until grep -q '"id":"7"' "$TMP/all"
check "the stream, a line for each" '
{"id":"#N","topic":"orders/1","data":"one","time":T}
{"id":"#N","topic":"b","type":"t","data":"{\"n\":1.50}","user":"ann","time":T}
{"id":"7","topic":"orders/2","data":"a\nb","time":T}' "$(shown <"$TMP/all")"
wait_until grep -q '"id":"7"' "$TMP/orders"
check "those that match a template" $'orders/1\norders/2' "$(sed -n 's/.*"topic":"\([^"]*\)".*/\1/p' "$TMP/orders")"
matches "its type" "content-type: application/x-ndjson" "$(tr -d '\r' <"$TMP/head")"
check "a topic for lines without" '{"events":[{"id":"#N","topic":"a/b"}]}' "$(publish '{"data":1}' /a%2Fb | shown)"
check "no lines" '{"events":[]}' "$(publish '')"

# refused NAME SENTENCE BODY
refused() {
    check "$1" "{\"succeeded\":false,\"errorMessage\":\"$2\"}" "$(publish "$3" /a)"
    check "$1: status" 400 "$(status -H "$NDJSON" --data-binary "$3" "$URL/events/a")"
}
WANTED='this is not JSON like {\"topic\":\"news\",\"data\":\"hello\"}'
refused "not JSON" "line 2: $WANTED" $'{"data":1}\nhello\n'
refused "no data" "line 3: $WANTED (column 13)" $'{"data":1}\n\n{"topic":"b"}'
refused "a reserved type" "line 1: the type gap is the hub's own" '{"data":1,"type":"gap"}'
matches "no topic" "line 2: the line names no topic" "$(publish $'{"data":1,"topic":"a"}\n{"data":1}')"
publish '{"data":"end","topic":"end"}' >/dev/null
wait_until grep -q '"topic":"end"' "$TMP/all"
check "of a body with a wrong line nothing is stored" $'a/b\nend' \
    "$(sed -n 's/.*"topic":"\([^"]*\)".*/\1/p' "$TMP/all" | tail -n 2)"

# What one hub says, another takes, but for the empty line that shows that a stream is alive.
first=$(grep . "$TMP/all")
start
check "lines from another hub" 200 "$(status -H "$NDJSON" --data-binary "$first" "$URL/events")"
listen_lines "$TMP/copy" "$URL/events?topic=*&last_event_id=earliest"
wait_until grep -q '"topic":"end"' "$TMP/copy"
check "arrive as they were" "$(shown <<<"$first")" "$(grep . "$TMP/copy" | shown)"

lines() { for ((i = $1; i <= $2; i++)); do echo "{\"data\":\"$i\"}"; done; }
start --data "$TMP/data"
lines 1 1000 >"$TMP/thousand"
check "a thousand" 200 "$(status -H "$NDJSON" --data-binary "@$TMP/thousand" "$URL/events/many")"
lines 1 1001 >"$TMP/more"
check "a thousand and one" 413 "$(status -H "$NDJSON" --data-binary "@$TMP/more" "$URL/events/many")"
check "twenty at once, each a thousand" "20 200" \
    "$(get -Z --parallel-max 20 -H "$NDJSON" --data-binary "@$TMP/thousand" -o /dev/null -w '%{http_code}\n' \
        "$URL/events/[1-20]" 2>/dev/null | sort | uniq -c | tr -s ' ' | sed 's/^ //')"
for topic in many 1 20; do
    listen_lines "$TMP/many" "$URL/events/$topic?last_event_id=earliest"
    wait_until grep -q '"data":"1000"' "$TMP/many"
    check "in order: $topic" "$(seq 1000)" "$(sed -n 's/.*"data":"\([0-9]*\)".*/\1/p' "$TMP/many")"
    leave "$LISTENER"
done
{ kill -KILL "$PID" && wait "$PID"; } 2>/dev/null
start --data "$TMP/data"
listen_lines "$TMP/many" "$URL/events/many?last_event_id=earliest"
wait_until grep -q '"data":"1000"' "$TMP/many"
check "in order after a crash" "$(seq 1000)" "$(sed -n 's/.*"data":"\([0-9]*\)".*/\1/p' "$TMP/many")"

traced() { grep -q '^TracerPid:.[1-9]' "/proc/$PID/status"; }
aside strace -f -e trace=fsync,fdatasync -o "$TMP/syncs" -p "$PID" 2>/dev/null
if wait_until traced; then
    check "a traced thousand" 200 "$(status -H "$NDJSON" --data-binary "@$TMP/thousand" "$URL/events/synced")"
    kill -INT "$ASIDE"
    wait_until ended "$ASIDE"
    syncs=$(grep -c 'sync(' "$TMP/syncs")
    check "they share commits ($syncs syncs)" yes "$( ((syncs > 0 && syncs * 4 < 1000)) && echo yes)"
else
    echo "skipped: nobody may count the server's commits"
fi
