# The Mercure protocol: the round trip of docs/mercure.md, step by step, and the main answers.
source "$(dirname "$0")/lib.sh"
PAGE=$(realpath "$(dirname "$0")/../../docs/mercure.md")
mkdir "$TMP/bin"
ln -s "$BIN" "$TMP/bin/ssehub"
PATH=$TMP/bin:$PATH
cd "$TMP" || exit
HUB=/.well-known/mercure

# block HEADING: the commands of the first block under that heading of the page, for our server.
block() {
    awk -v heading="$1" '
        /^```/ { if (wanted && inside) exit; inside = !inside; next }
        !inside && /^#+ / { wanted = substr($0, index($0, " ") + 1) == heading; next }
        wanted && inside && (sub(/^\$ /, "") || more) { print; more = /\\$/ }' "$PAGE" | sed -E "s#localhost:8080#127.0.0.1:$PORT#g"
}

# opens FILE HEADING: a subscriber that the page describes; sets LISTENER.
opens() {
    : >"$1"
    # `exec` makes the subscriber's process the one that is known here.
    eval "$(block "$2" | sed 's/^curl /exec curl -q -s --noproxy "*" --max-time 300 /')" >"$1" &
    LISTENER=$!
    PIDS+=("$LISTENER")
    wait_until grep -q '^retry: ' "$1" || check "$2" "a stream" "$(cat "$1")"
}

PORT=8080
eval "$(block "Point an application at it" | grep '^printf')"
check "the secret is long enough" 0 $(($(wc -c <hub.key) < 32))
start --token-key-file hub.key --data updates.redb --anonymous-read no --retry 100ms
eval "$(block "1. A token for the application, and one for the browser")"
opens "$TMP/first" "2. The browser subscribes, with its cookie"
answers=$(eval "$(block "3. The application publishes" | sed 's/^curl /get -w "\\n" /')")
check "the answers are the ids" $'order-42-paid\norder-42-sent' "$answers"
told=$'id: order-42-paid\ndata: {"status":"paid"}\n\nid: order-42-sent\ndata: {"status":"sent"}'
hears "$TMP/first" 'data: {"status":"sent"}'
check "what the browser gets" "$told" "$(events "$TMP/first")"
shows=$(awk '/^The browser|^Each answer/ { wanted = 1 } /^```/ && wanted { if (inside) exit; inside = 1; next } inside' "$PAGE")
check "is what the page shows" "$shows" "$(events "$TMP/first")"
leave "$LISTENER"

# It comes back, also to a server that was killed.
comes_back() {
    opens "$TMP/again" "4. The browser comes back"
    hears "$TMP/again" 'data: {"status":"sent"}'
    for name in last-event-id mercure-last-event-id; do
        check "$1: $name" order-42-paid "$(tr -d '\r' <"$TMP/again" | sed -n "s/^$name: //p")"
    done
    check "$1: what it has missed" $'id: order-42-sent\ndata: {"status":"sent"}' \
        "$(sed '1,/^\r$/d' "$TMP/again" | events /dev/stdin)"
    leave "$LISTENER"
}
comes_back "reconnects"
{ kill -KILL "$PID"; wait "$PID"; } 2>/dev/null
start --listen "127.0.0.1:$PORT" --token-key-file hub.key --data updates.redb --anonymous-read no
URL=$(tail -n 1 <<<"$URL") PORT=${URL##*:}
comes_back "after a restart"

# The main answers.
form() { get "$URL$HUB" -H "Authorization: Bearer $publisher" "$@"; }
asked() { status "$URL$HUB" -H "Authorization: Bearer $publisher" "$@"; }
matches "an id of the hub's own" '^#[0-9]+-[0-9]+$' "$(form -d topic=a -d data=x)"
check "as plain text" "text/plain; charset=utf-8" "$(field content-type "$URL$HUB" -H "Authorization: Bearer $publisher" -d topic=a)"
check "no topic" 400 "$(asked -d data=x)"
check "the hub's own topic" 400 "$(asked -d topic=https://other.example/a/../.well-known/mercure/x)"
check "a star" 400 "$(asked -d 'topic=*')"
check "a retry that is none" 400 "$(asked -d topic=a -d retry=soon)"
check "an id that is reserved" 400 "$(asked -d topic=a -d id=earliest)"
check "too large" 413 "$(head -c 1100000 /dev/zero | tr '\0' x | asked -d topic=a --data-binary @-)"
check "not a form" 415 "$(asked -H 'Content-Type: application/json' -d '{}')"
check "a wrong token" 401 "$(status "$URL$HUB" -H "Authorization: Bearer ${publisher}A" -d topic=a)"
check "a cookie without an origin" 403 "$(status "$URL$HUB" -b "mercureAuthorization=$publisher" -d topic=a)"
check "a cookie and the hub's own origin" 200 \
    "$(status "$URL$HUB" -b "mercureAuthorization=$publisher" -H "Origin: $URL" -d topic=a)"
check "a subscriber without a token" 401 "$(status "$URL$HUB?topic=a")"
check "a subscriber of nothing" 400 "$(status "$URL$HUB" -b "mercureAuthorization=$browser")"
check "one that lets publish alone" 403 "$(status "$URL$HUB?topic=a" -H "Authorization: Bearer $publisher")"
check "one that lets subscribe to something else" 403 "$(status "$URL$HUB?topic=a" -b "mercureAuthorization=$browser")"
all=$(ssehub token --key-file hub.key --subscribe '*')
check "a matcher that there is not" 400 "$(status "$URL$HUB?match_x=a" -b "mercureAuthorization=$browser")"
check "methods" "GET, HEAD, POST, QUERY, OPTIONS" "$(field allow -X OPTIONS "$URL$HUB")"
check "HEAD" 200 "$(status -I "$URL$HUB?topic=a" -b "mercureAuthorization=$all")"
check "an id that nobody knows" earliest "$(field last-event-id -I "$URL$HUB?topic=a&lastEventID=none" -b "mercureAuthorization=$all")"
check "the metadata" "\"resource\":\"$URL$HUB\"" \
    "$(get "$URL/.well-known/oauth-protected-resource$HUB" | grep -o '"resource":"[^"]*"')"

# QUERY, draft 08.
listen "$TMP/query" -X QUERY -d match=b "$URL$HUB?match_urlpattern=/c/:id" -H "Authorization: Bearer $all"
form -d topic=b -d data=one >/dev/null
form -d topic=/c/1 -d data=two >/dev/null
form -d topic=a -d data=three >/dev/null
form -d topic=b -d data=four >/dev/null
hears "$TMP/query" "data: four"
check "QUERY" $'data: one\ndata: two\ndata: four' "$(grep '^data' "$TMP/query")"

# The same log.
check "what is published here is read there" 1 \
    "$(get "$URL/events/b?format=poll&last_event_id=earliest" -H "Authorization: Bearer $all" | grep -c '"data":"one"')"

# Whoever knows no token publishes nothing, also on this machine.
start --token-key-file hub.key --public-url https://example.com
check "no token" 401 "$(status "$URL$HUB" -d topic=a)"
check "says how" 'Bearer resource_metadata="https://example.com/.well-known/oauth-protected-resource/.well-known/mercure"' \
    "$(field www-authenticate "$URL$HUB" -d topic=a)"
check "not granted" 403 "$(status "$URL$HUB" -H "Authorization: Bearer $browser" -d topic=a)"
check "granted" 200 "$(asked -d topic=a)"
