# Active subscriptions: the walk through docs/mercure.md, whatever ends them, and a server that is killed or stopped.
source "$(dirname "$0")/lib.sh"
PAGE=$(realpath "$(dirname "$0")/../../docs/mercure.md")
HUB=/.well-known/mercure LIST=/.well-known/mercure/subscriptions
cd "$TMP" || exit
printf 'a secret of thirty-two bytes, or more' >hub.key
token() { "$BIN" token --key-file hub.key "$@"; }
run() { start --token-key-file hub.key --data updates.redb --subscriptions "$@"; }
template="$LIST{/topic}{/subscriber}"
watcher=$(token --subscribe "$template")
may=(-H "Authorization: Bearer $watcher")
# told FILE: what a stream has told, without the ids.
told() { sed -n 's/^data: //p' "$1" | sed -E 's/urn(:|%3A)uuid(:|%3A)[0-9a-f-]{36}/ID/g'; }
# counts NUMBER FILE: whether a stream has told so many things.
counts() { (($(grep -c '^data: ' "$2") >= $1)); }
# kept PATTERN: how often the log tells of such subscriptions, to whoever may know.
kept() { get "$URL/events/*?format=poll&wait=0&last_event_id=earliest" "${may[@]}" | grep -o "$1" | wc -l; }

run
listen "$TMP/watch" -g "$URL$HUB?topic=$template" "${may[@]}"
wait_until counts 1 "$TMP/watch"
check "it hears of itself" 1 "$(grep -c '%2Ftopic%7D%7B%2Fsubscriber%7D' "$TMP/watch")"
listen "$TMP/public" "$URL$HUB?topic=*"
listen "$TMP/other" "$URL$HUB?topic=https://example.com/orders/42"
other=$LISTENER
wait_until counts 3 "$TMP/watch"
check "what is told" '{"@context":"https://mercure.rocks/","id":"/.well-known/mercure/subscriptions/https%3A%2F%2Fexample.com%2Forders%2F42/ID","type":"Subscription","subscriber":"ID","topic":"https://example.com/orders/42","active":true}' \
    "$(told "$TMP/watch" | tail -n 1)"

# The lists.
list() { get "$URL$LIST$1" "${may[@]}" "${@:2}"; }
check "all of them" 3 "$(list "" | grep -o '"type":"Subscription"' | wc -l)"
all=$(token --subscribe '*')
check "in draft 08" 2 "$(get "$URL$LIST" -H "Authorization: Bearer $all" -H 'Accept: application/json' | grep -o '"type":"subscription"' | wc -l)"
check "their types" "application/ld+json application/json" \
    "$(field content-type "$URL$LIST" "${may[@]}") $(field content-type "$URL$LIST/exact/a" -H "Authorization: Bearer $all")"
one=$(list "/https%3A%2F%2Fexample.com%2Forders%2F42" | grep -oE '"id":"[^"]*urn%3A[^"]*"' | cut -d'"' -f4)
matches "one of them" '"active":true,"lastEventID":"#' "$(get "$URL$one" "${may[@]}")"
tag=$(field etag "$URL$one" "${may[@]}")
check "a copy that is still good" 304 "$(status "$URL$one" "${may[@]}" -H "If-None-Match: $tag")"
check "HEAD" 200 "$(status -I "$URL$LIST" "${may[@]}")"
check "without a token" 401 "$(status "$URL$LIST")"
check "not granted" 403 "$(status "$URL$LIST" -H "Authorization: Bearer $(token --subscribe a)")"
check "nobody" 404 "$(status "$URL$LIST/a/urn%3Auuid%3A00000000-0000-4000-8000-000000000000" "${may[@]}")"
check "the metadata" '"mercure_subscriptions":true' \
    "$(get "$URL/.well-known/oauth-protected-resource$HUB" | grep -o '"mercure_subscriptions":[a-z]*')"
check "nobody makes one up" "400 400 400" "$(
    publisher=$(token --publish '*')
    for target in "$HUB -d topic=$LIST/a/b" "/events/%2F.well-known%2Fmercure%2Fsubscriptions -d x" \
        "/events/%2F.well-known%2Fmercure%2Fsubscriptions%2Fa%2Fb -X DELETE"; do
        read -ra words <<<"$target"
        status -H "Authorization: Bearer $publisher" "$URL${words[0]}" "${words[@]:1}"
        echo -n ' '
    done | sed 's/ $//')"

# A client that is killed, and one whose token ends.
{ kill -KILL "$other"; wait "$other"; } 2>/dev/null
wait_until counts 4 "$TMP/watch"
matches "killed" '"topic":"https://example.com/orders/42","active":false}$' "$(told "$TMP/watch" | tail -n 1)"
check "nobody is listed there" '[]' "$(list "/https%3A%2F%2Fexample.com%2Forders%2F42" | grep -o '\[.*\]')"
check "one is no more" 404 "$(status "$URL$one" "${may[@]}")"
listen "$TMP/short" "$URL$HUB?topic=short" -H "Authorization: Bearer $(token --subscribe a --expires 5s)"
short=$LISTENER
check_exit "its token ends its stream" 0 "$short"
wait_until counts 6 "$TMP/watch"
matches "and that is told" '"topic":"short","active":false}$' "$(told "$TMP/watch" | tail -n 1)"
check "who may not know is told nothing" 0 "$(grep -c '^data' "$TMP/public")"
check "every end has a beginning" "$(kept '\\"active\\":true')" \
    "$(($(kept '\\"active\\":false') + $(list "" | grep -o '"type":"Subscription"' | wc -l)))"

# After a crash the log says that they are there, and the list that they are not.
{ kill -KILL "$PID"; wait "$PID"; } 2>/dev/null
run --retry 100ms
check "after a crash nobody is listed" '[]' "$(list "" | grep -o '\[.*\]')"
check "but the log has not been told" 2 "$(($(kept '\\"active\\":true') - $(kept '\\"active\\":false')))"

# Before the server stops, it tells that all of them end, and those who are there still hear it.
listen "$TMP/watch" -g "$URL$HUB?topic=$template" "${may[@]}"
listen "$TMP/other" "$URL$HUB?topic=other"
wait_until counts 2 "$TMP/watch"
kill -TERM "$PID"
check_exit "the server stops" 0 "$PID"
check "all end" $'false\nfalse' "$(told "$TMP/watch" | grep -o 'false\|true' | tail -n 2)"
run
check "and that is in the log" 2 "$(($(kept '\\"active\\":true') - $(kept '\\"active\\":false')))"

# Off unless asked for.
start --token-key-file hub.key
check "off" 404 "$(status "$URL$LIST" "${may[@]}")"
