# A log in a real Redis: two hubs share it, and outlive its absence.
source "$(dirname "$0")/lib.sh"
"$(dirname "$0")/../redis/install.sh" || exit

SOCKET=$TMP/redis
# redis: starts it, with what its file has; sets REDIS.
redis() {
    redis-server --port 0 --unixsocket "$SOCKET" --dir "$TMP" --save "" --appendonly yes \
        --appendfsync always >"$TMP/redis.log" 2>&1 &
    REDIS=$!
    PIDS+=("$REDIS")
    wait_until redis-cli -s "$SOCKET" ping >/dev/null 2>&1
}
# is_health URL TEXT: whether that is what the server says of itself.
is_health() { [[ $(get "$1/healthz") == *"\"status\":\"$2\""* ]]; }
# hub OPTION…: a server on this Redis.
hub() { start --open --redis "redis+unix://$SOCKET" "$@"; }

redis
hub
ONE=$URL
hub
OTHER=$URL OTHER_PID=$PID
listen "$TMP/other" "$OTHER/events/t"
first=$(get -d one "$ONE/events/t" | sed 's/.*"id":"\([^"]*\)".*/\1/')
hears "$TMP/other" "data: one"
check "the position is the one of the entry" "#$(redis-cli -s "$SOCKET" xrevrange '{ssehub}:log' + - | head -1)" "$first"
check "an own id is stored once" 1 "$(get -d x "$ONE/events/u?id=7" >/dev/null
    get -d x "$OTHER/events/u?id=7" | grep -c '"repeated":true')"

kill -KILL "$REDIS"
wait "$REDIS" 2>/dev/null
answer=$(get -i -d lost "$ONE/events/t")
check "a publisher is told to come back" 503 "$(sed -n '1s/.* \([0-9]*\) .*/\1/p' <<<"$answer")"
matches "after a while" $'\nretry-after: 1' "${answer//$'\r'/}"
check "a hub says that it does badly" yes "$(wait_until is_health "$ONE" degraded && echo yes)"
check "and lives" 200 "$(status "$ONE/healthz")"
redis
check "it does well again" yes "$(wait_until is_health "$ONE" ok && wait_until is_health "$OTHER" ok && echo yes)"
get -d two "$ONE/events/t" >/dev/null
hears "$TMP/other" "data: two"
check "nothing is missing and nothing comes twice" "one two " "$(sed -n 's/^data: //p' "$TMP/other" | tr '\n' ' ')"

kill -KILL "$OTHER_PID"
wait "$OTHER_PID" 2>/dev/null
listen "$TMP/moved" -H "Last-Event-ID: $first" "$ONE/events/t"
hears "$TMP/moved" "data: two"
check "a subscriber goes on at another hub" "two " "$(sed -n 's/^data: //p' "$TMP/moved" | tr '\n' ' ')"

redis-cli -s "$SOCKET" flushall >/dev/null
check "an emptied Redis is told" yes "$(hears "$TMP/moved" "event: gap" && echo yes)"

# refused TEXT OPTION…: whether the server does not start, and says why.
refused() {
    local text=$1 said
    shift
    said=$("$BIN" --listen 127.0.0.1:0 "$@" 2>&1)
    check "$*: does not start" 1 $?
    matches "$*: says why" "$text" "$said"
}
refused "exclude each other" --redis "redis+unix://$SOCKET" --data "$TMP/data"
refused "keep-topic-events does not go" --redis "redis+unix://$SOCKET" --keep-topic-events 3
redis-cli -s "$SOCKET" config set requirepass secret >/dev/null
refused "NOAUTH" --redis "redis+unix://$SOCKET"
echo guess >"$TMP/password"
refused "authentication failed" --redis "redis+unix://$SOCKET" --redis-password-file "$TMP/password"
echo secret >"$TMP/password"
hub --redis-password-file "$TMP/password"
check "a password from a file" 200 "$(status -d x "$URL/events/t")"
check "is in no log" 0 "$(cat "$TMP"/log.* | grep -c secret)"
