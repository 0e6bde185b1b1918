# Who is there, across nodes: two hubs that share a log in Redis.
source "$(dirname "$0")/lib.sh"
"$(dirname "$0")/../redis/install.sh" >&2
redis-server --port 0 --save '' --unixsocket "$TMP/redis" --dir "$TMP" >"$TMP/redis.log" 2>&1 &
PIDS+=($!)
wait_until [ -S "$TMP/redis" ] || check "redis-server starts" "a socket" "$(cat "$TMP/redis.log")"

# node: one more hub; its own URL is in URL, its process in PID.
node() { start --redis "redis+unix://$TMP/redis" --presence-grace 5s --open --subscriptions "$@"; }
node
A=$URL A_PID=$PID
node
B=$URL B_PID=$PID

# is_roll URL JSON: whether the list is that by now.
is_roll() { [[ $(get "$1/presence/a") == "$2" ]]; }
check_roll() { wait_until is_roll "$2" "$3"; check "$1" "$3" "$(get "$2/presence/a")"; }

listen "$TMP/watch" "$B/events/a?presence=1"
listen "$TMP/ann" "$A/events/a?user=ann"
ann=$LISTENER
listen "$TMP/nameless" "$A/events/a"
here='{"topic":"a","users":[{"user":"ann","connections":1}],"anonymous":2}'
check_roll "the other node knows ann" "$B" "$here"
check_roll "her own node says the same" "$A" "$here"

# Ann goes to the other node before her grace is over, and nobody is told.
leave "$ann"
listen "$TMP/ann" "$B/events/a?user=ann"
ann=$LISTENER
check_roll "she is there" "$B" "$here"
get -o /dev/null -d hello "$A/events/a"
hears "$TMP/watch" "data: hello"
leave "$ann"
hears "$TMP/watch" 'data: {"user":"ann","topic":"a","connections":0,"users":0}'

# A node that is killed: its users leave when its lease is over.
listen "$TMP/bob" "$A/events/a?user=bob"
hears "$TMP/watch" 'data: {"user":"bob","topic":"a","connections":1,"users":1}'
kill -KILL "$A_PID"
check_roll "the dead node's users have left" "$B" '{"topic":"a","users":[],"anonymous":1}'
check "what a stream at the other node was told" 'event: presence
data: {"topic":"a","users":[],"anonymous":1}

event: join
data: {"user":"ann","topic":"a","connections":1,"users":1}

id: ID
data: hello

event: leave
data: {"user":"ann","topic":"a","connections":0,"users":0}

event: join
data: {"user":"bob","topic":"a","connections":1,"users":1}

event: leave
data: {"user":"bob","topic":"a","connections":0,"users":0}' "$(events "$TMP/watch")"

# A node that stops takes its own away.
node
listen "$TMP/eve" "$URL/events/a?user=eve"
hears "$TMP/watch" 'data: {"user":"eve","topic":"a","connections":1,"users":1}'
kill "$PID"
check_exit "it stops" 0 "$PID"
check_roll "its users have left" "$B" '{"topic":"a","users":[],"anonymous":1}'
check "the node that is left is well" '{"status":"ok"}' "$(get "$B/healthz")"
kill "$B_PID"
check_exit "it stops, too" 0 "$B_PID"
