# What those see who watch over the server: metrics, health, and its log.
source "$(dirname "$0")/lib.sh"

# admin: where the listener for them is, and nothing of it if there is none.
admin() { sed -n 's/.*metrics and health on //p' "$LOG"; }
# value NAME: of a metric by its name and labels.
value() { get "$ADMIN/metrics" | sed -n "s/^$1 //p"; }

start --admin-listen 127.0.0.1:0 --connections 2
ADMIN=$(admin)
check "no metrics for everyone" 404 "$(status "$URL/metrics")"
check "no dashboard for everyone" 404 "$(status "$URL/dashboard")"
check "nor its stream" 404 "$(status "$URL/dashboard/events")"
check "a dashboard for those who watch" 200 "$(status "$ADMIN/dashboard")"
for target in $(get "$ADMIN/dashboard" | grep -oE '(src|href)="/[a-z][^"]*"' | sed 's/.*="//;s/"//'); do
    check "its $target" 200 "$(status "$ADMIN$target")"
done
check "no events for those who watch" 404 "$(status "$ADMIN/events/a")"
check "nor a page" 404 "$(status "$ADMIN/")"
check "metrics: type" "text/plain; version=0.0.4; charset=utf-8" "$(field content-type "$ADMIN/metrics")"
check "metrics: not to be kept" "no-store" "$(field cache-control "$ADMIN/metrics")"
check "ready" '{"status":"ready"}' "$(get "$ADMIN/readyz")"
check "ready for everyone" '{"status":"ready"}' "$(get "$URL/readyz")"

listen "$TMP/one" "$URL/events/a"
one=$LISTENER
get -d hello "$URL/events/a" >/dev/null
hears "$TMP/one" "data: hello"
check "one event" 1 "$(value ssehub_events_published_total)"
check "and one delivery" 1 "$(value ssehub_deliveries_total)"
check "one subscriber" 1 "$(value 'ssehub_subscribers{transport="text"}')"
# The publisher's connection ends a little after its answer.
one_is_open() { [[ $(value ssehub_connections_open) == 1 ]]; }
wait_until one_is_open
check "the connections of those who watch do not count" 1 "$(value ssehub_connections_open)"
listen "$TMP/watched" "$ADMIN/dashboard/events"
wait_until grep -q '^data: .*"cpu"' "$TMP/watched"
matches "the dashboard's stream" '"subscribers":\[\["embedded",0\],\["text",1\].*"published":1,.*"topics":\[\["a",1\]\]' "$(grep -m 1 '^data: ' "$TMP/watched")"
leave "$LISTENER"
matches "memory" '^[0-9]{6,}$' "$(value process_resident_memory_bytes)"
matches "descriptors" '^[0-9]+$' "$(value process_open_fds)"

listen "$TMP/two" "$URL/events/a"
check "the server is full" 503 "$(status "$URL/healthz")"
check "and can be looked at all the same" 1 "$(value 'ssehub_connections_refused_total{reason="full"}')"
leave "$one"
# left: whether the server knows that somebody has gone.
left() { [[ $(value 'ssehub_subscribers{transport="text"}') == 1 ]]; }
wait_until left
check "who has left is no subscriber" 1 "$(value 'ssehub_subscribers{transport="text"}')"
leave "$LISTENER"

# A stop takes as long as a request that has begun.
start --admin-listen 127.0.0.1:0 --drain 30s
ADMIN=$(admin)
exec 5<>"/dev/tcp/127.0.0.1/$PORT"
printf 'GET' >&5
check "the server knows of it" 0 "$(has_read; echo $?)"
kill -TERM "$PID"
wait_until grep -q stopping "$LOG"
matches "a server that stops is not ready" '^\{"succeeded":false,"errorMessage":"the server is stopping"' "$(get "$ADMIN/readyz")"
check "which is a 503" 503 "$(status "$ADMIN/readyz")"
check "it is well" '{"status":"ok"}' "$(get "$ADMIN/healthz")"
check "and says so to Prometheus" 0 "$(value ssehub_ready)"
exec 5>&-
check_exit "then it ends" 0 "$PID"

# Who may read metrics where everyone is served.
start --metrics open
check "open metrics" 200 "$(status "$URL/metrics")"
# make_key TOPIC: a key that may read it; prints it, and adds it to those that the server knows.
make_key() {
    "$BIN" key watch --subscribe "$1" >"$TMP/made"
    sed -n 2p "$TMP/made" >>"$TMP/keys"
    sed -n 1p "$TMP/made"
}
all=$(make_key '*') some=$(make_key a)
start --metrics granted --api-keys "$TMP/keys"
check "without a credential" 401 "$(status "$URL/metrics")"
check "with one for a topic" 403 "$(status -H "Authorization: Bearer $some" "$URL/metrics")"
check "with one for all topics" 200 "$(status -H "Authorization: Bearer $all" "$URL/metrics")"

# The log.
start --access-log yes
TRACE=4bf92f3577b34da6a3ce929d0e0e4736
get -H "traceparent: 00-$TRACE-00f067aa0ba902b7-01" "$URL/healthz?access_token=secret" >/dev/null
wait_until grep -q healthz "$LOG"
matches "a line for people" \
    "Z INFO  request method=GET path=/healthz\?\*\*\* seconds=[0-9.]+ client=127.0.0.1 trace_id=$TRACE span_id=00f067aa0ba902b7 status=200 bytes=[0-9]+$" \
    "$(grep healthz "$LOG")"
check "no secret" 0 "$(grep -c secret "$LOG")"
listen "$TMP/three" "$URL/events/a"
get -d hello "$URL/events/a" >/dev/null
hears "$TMP/three" "data: hello"
leave "$LISTENER"
wait_until grep -q 'stream ended' "$LOG"
matches "a stream at its end" "path=/events/a seconds=[0-9.]+ client=127.0.0.1 bytes=[0-9]+ events=1 reason=gone$" "$(grep 'stream ended' "$LOG")"

start --access-log yes --log-format json
URL=$(sed -n 's/.*listening on \(http[^"]*\).*/\1/p' "$LOG")
get "$URL/nowhere" >/dev/null
wait_until grep -q nowhere "$LOG"
matches "a line of JSON" \
    '^\{"time":"[^"]*","level":"INFO","message":"request","method":"GET","path":"/nowhere","seconds":[0-9.]+,"client":"127.0.0.1","status":404,"bytes":[0-9]+,"reason":"there is nothing here"\}$' \
    "$(grep nowhere "$LOG")"
check "and nothing else" 0 "$(grep -vc '^{.*}$' "$LOG")"

# Somebody holds the other end of a pipe and does not read: the server goes on, and says what is missing.
mkfifo "$TMP/pipe"
exec 6<>"$TMP/pipe"
"$BIN" --listen "unix:$TMP/socket" --access-log yes 2>"$TMP/pipe" &
PIDS+=($!)
there() { [[ $(get --unix-socket "$TMP/socket" http://h/healthz) == '{"status":"ok"}' ]]; }
wait_until there
for ((round = 0; round < 10; round++)); do
    get --unix-socket "$TMP/socket" "http://h/healthz?topic=[1-100]$(printf 'x%.0s' {1..200})" >/dev/null
done
check "a full pipe stops nobody" yes "$(there && echo yes)"
# told_of_loss: takes what is in the pipe, and has the server write again.
told_of_loss() {
    local line
    there
    while IFS= read -r -t 0.1 -u 6 line; do echo "$line"; done >>"$TMP/read"
    grep -q 'log lines were lost' "$TMP/read"
}
wait_until told_of_loss
matches "what was lost is counted" 'WARN  [0-9]+ log lines were lost' "$(grep lost "$TMP/read")"
exec 6>&-
