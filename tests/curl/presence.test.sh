# Who is there: the list, and streams that are told who comes and goes.
source "$(dirname "$0")/lib.sh"
start --presence-grace 200ms
roll() { get "$URL/presence/$1"; }
# is_roll TOPIC JSON: whether the list is that by now.
is_roll() { [[ $(roll "$1") == "$2" ]]; }
check_roll() { wait_until is_roll "$2" "$3"; check "$1" "$3" "$(roll "$2")"; }

check "nobody" '{"topic":"a/b","users":[],"anonymous":0}' "$(roll a/b)"
check "the list is JSON" "application/json" "$(field content-type "$URL/presence/a")"
check "that nobody keeps" "no-store" "$(field cache-control "$URL/presence/a")"
check "no list of all" 400 "$(status "$URL/presence/*")"
check "no list without a topic" 404 "$(status "$URL/presence")"
check "methods" "GET, HEAD, OPTIONS" "$(field allow -X OPTIONS "$URL/presence/a")"

listen "$TMP/bob" "$URL/events?topic=a&user=bob&presence=1"
check "a stream begins with who is there" 0 \
    "$(hears "$TMP/bob" 'data: {"topic":"a","users":[{"user":"bob","connections":1}],"anonymous":0}'; echo $?)"
listen "$TMP/ann" "$URL/events/a?user=ann"
ann=$LISTENER
listen "$TMP/ann2" "$URL/sse?topic=a&user=ann"
second=$LISTENER
listen "$TMP/nameless" "$URL/events/a"
nameless=$LISTENER
check_roll "names and connections" a \
    '{"topic":"a","users":[{"user":"ann","connections":2},{"user":"bob","connections":1}],"anonymous":1}'
leave "$ann"
leave "$nameless"
check_roll "one connection less" a \
    '{"topic":"a","users":[{"user":"ann","connections":1},{"user":"bob","connections":1}],"anonymous":0}'
get -o /dev/null -d hello "$URL/events/a"
hears "$TMP/bob" "data: hello"
leave "$second"
hears "$TMP/bob" 'data: {"user":"ann","topic":"a","connections":0,"users":1}'
check "what bob was told" 'event: presence
data: {"topic":"a","users":[{"user":"bob","connections":1}],"anonymous":0}

event: join
data: {"user":"ann","topic":"a","connections":1,"users":2}

id: ID
data: hello

event: leave
data: {"user":"ann","topic":"a","connections":0,"users":1}' "$(events "$TMP/bob")"

listen_lines "$TMP/lines" "$URL/events/a?presence=1"
listen "$TMP/eve" "$URL/events/a?user=eve"
check "as a line" 0 \
    "$(hears "$TMP/lines" '{"type":"join","data":{"user":"eve","topic":"a","connections":1,"users":2}}'; echo $?)"
get -o /dev/null "$URL/events/b?format=poll&wait=0&user=joe"
check_roll "a poller leaves after its poll" b '{"topic":"b","users":[],"anonymous":0}'
check "the types are the hub's" '{"succeeded":false,"errorMessage":"the type join is the hub'"'"'s own"}' \
    "$(get -d x "$URL/events/a?type=join")"
