# Publishing at /events: topics, data, types, ids, retry times, and what is refused.
source "$(dirname "$0")/lib.sh"
start
EVENTS="$URL/events"
listen "$TMP/all" "$EVENTS?topic=*"

# publish TOPIC DATA ARGUMENT…: the answer.
publish() {
    local topic=$1 data=$2
    shift 2
    get --data-binary "$data" "$@" "$EVENTS/$topic"
}

check "the answer" '{"id":"#N","topic":"orders/42"}' "$(publish orders/42 hello | shown)"
check "its type" application/json "$(field content-type -d x "$EVENTS/a")"
check "it is not to be kept" no-store "$(field cache-control -d x "$EVENTS/a")"
check "an encoded slash is one of the topic" '{"id":"#N","topic":"orders/42"}' \
    "$(publish orders%2F42 hello | shown)"
check "characters" '{"id":"#N","topic":"é +"}' "$(publish %C3%A9%20+ x | shown)"
check "a topic that is a URL" '{"id":"#N","topic":"https://example.com/books/1"}' \
    "$(publish https://example.com/books/1 x | shown)"
publish lines $'a\nb\r\nc' >/dev/null
publish empty '' >/dev/null
publish end end >/dev/null
hears "$TMP/all" "data: end"
check "every topic was heard" \
    $'hello\nx\nx\nhello\nx\nx\na\nb\nc\n\nend' "$(sed -n 's/^data: //p' "$TMP/all")"

listen "$TMP/paid" "$EVENTS/paid"
publish 'paid?type=order&id=7&retry=1500' one >/dev/null
publish paid two -H 'Event-Type: order' -H 'Event-ID: 8é' -H 'Event-Retry: 1500' >/dev/null
publish 'paid?type=order&id=9' three -H 'Event-Type: order' -H 'Event-ID: 9' >/dev/null
hears "$TMP/paid" "data: three"
check "type, id and retry" $'event: order\nid: 7\ndata: one\n\nevent: order\nid: 8é\ndata: two\n\nevent: order\nid: 9\ndata: three' \
    "$(events "$TMP/paid")"
check "two retry times" 2 "$(grep -c '^retry: 1500$' "$TMP/paid")"
check "a repetition" '{"id":"#N","topic":"paid","repeated":true}' "$(publish 'paid?id=7' one | shown)"
check "is not stored" 3 "$(grep -c '^data' "$TMP/paid")"
check "its answer is the first one's position" 1 \
    "$({ publish 'twice?id=a' x; publish 'twice?id=a' x; } | grep -o '"#[0-9-]*"' | sort -u | wc -l)"

# refused NAME STATUS SENTENCE ARGUMENT…
refused() {
    local name=$1 expected=$2 sentence=$3
    shift 3
    check "$name: status" "$expected" "$(status "$@")"
    check "$name: body" "{\"succeeded\":false,\"errorMessage\":\"$sentence\"}" "$(get "$@")"
}
long=$(printf 't%.0s' {1..256})
refused "no topic" 400 "a topic must not be empty" -d x "$EVENTS/"
refused "a long topic" 400 "a topic has at most 255 bytes" -d x "$EVENTS/$long"
refused "a topic of two lines" 400 "a topic must not hold control characters" -d x "$EVENTS/a%0Ab"
refused "not UTF-8" 400 "the topic in the path is not UTF-8" -d x "$EVENTS/%FF"
refused "all topics" 400 "* stands for every topic and is none itself" -d x "$EVENTS/*"
refused "binary data" 400 "the body is not UTF-8 text" --data-binary $'\xff' "$EVENTS/a"
refused "no topic and no lines" 415 "publish to /events/{topic}, or send lines of application/x-ndjson" \
    -d x "$EVENTS"
refused "a reserved type" 400 "the type gap is the hub's own" -d x "$EVENTS/a?type=gap"
refused "two types" 400 "the parameter type and the field Event-Type differ" \
    -d x -H 'Event-Type: b' "$EVENTS/a?type=a"
refused "a retry in words" 400 "retry is a number of milliseconds" -d x "$EVENTS/a?retry=soon"
refused "a long retry" 400 "retry is 100 to 600000 milliseconds, ten minutes" -d x "$EVENTS/a?retry=600001"
refused "no pause" 400 "retry is 100 to 600000 milliseconds, ten minutes" -d x "$EVENTS/a?retry=0"
check "no body is an empty event" 200 "$(status -X POST "$EVENTS/bell")"
matches "an id with a #" "an id has 1 to 255 bytes" "$(publish 'a?id=%231-0' x)"
check "a method" 405 "$(status -X PUT -d x "$EVENTS/a")"

start --body-bytes 1KiB
printf 'x%.0s' {1..1024} >"$TMP/body"
check "a body at its limit" 200 "$(status --data-binary "@$TMP/body" "$URL/events/a")"
echo >>"$TMP/body"
check "a body beyond it" 413 "$(status --data-binary "@$TMP/body" "$URL/events/a")"
