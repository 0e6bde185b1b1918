# The chat: who is registered hears what is said, in order, as the contract writes it.
source "$(dirname "$0")/lib.sh"
start
listen "$TMP/ann" "$URL/sse?user=ann"
listen "$TMP/bob" "$URL/sse?user=bob"

check "a message is acknowledged" '{"succeeded":true,"message":"OK"}' "$(say hello)"
check "with its type" "application/json" "$(field content-type -d '{"message":"two","user":"bob"}' "$URL/sse/message")"
check "any content type will do" 200 "$(status -H 'Content-Type: text/plain' -d '{"message":"three","user":"bob"}' "$URL/sse/message")"
check "none will do" 200 "$(status -H 'Content-Type:' -d '{"message":"four","user":"bob"}' "$URL/sse/message")"
check "chunks will do" 200 "$(status -H 'Transfer-Encoding: chunked' -d '{"message":"five","user":"bob"}' "$URL/sse/message")"
for name in ann bob; do
    hears "$TMP/$name" "data: five"
    check "$name hears everything in order" \
        $'id: ID\ndata: hello\n\nid: ID\ndata: two\n\nid: ID\ndata: three\n\nid: ID\ndata: four\n\nid: ID\ndata: five' \
        "$(events "$TMP/$name")"
done
check "ids differ" 5 "$(grep '^id: #' "$TMP/ann" | sort -u | wc -l)"
check "and are the same for all" "$(grep '^id: ' "$TMP/ann")" "$(grep '^id: ' "$TMP/bob")"

listen "$TMP/json" "$URL/sse?user=eve&format=json"
say 'Gr\u00fc\u00dfe \"x\"' >/dev/null
wait_until grep -q '^data: {' "$TMP/json"
check "the envelope" \
    'data: {"id":"#N","topic":"chat","data":"Grüße \"x\"","user":"ann","time":T}' \
    "$(sed -n '/^data/{s/"#[0-9]*-[0-9]*"/"#N"/;s/"time":[0-9]*/"time":T/;p}' "$TMP/json")"
hears "$TMP/ann" 'data: Grüße "x"'
check "the same as text" 0 $?
check "an unknown format" 400 "$(status "$URL/sse?user=a&format=xml")"

listen "$TMP/news" "$URL/sse?user=ann&topic=news"
say "for the news" "?topic=news" >/dev/null
say "for the chat" >/dev/null
hears "$TMP/news" "data: for the news"
hears "$TMP/ann" "data: for the chat"
check "topics are apart: news" "data: for the news" "$(grep '^data' "$TMP/news")"
check "topics are apart: chat" 0 "$(grep -c 'the news' "$TMP/ann")"

check "the server is well" '{"status":"ok"}' "$(get "$URL/healthz")"

listen "$TMP/orders" "$URL/sse?user=ann&topic=orders"
say "paid" "?topic=orders&id=order-42" >/dev/null
check "a repeated message is answered like the first" \
    '{"succeeded":true,"message":"OK"}' "$(say "paid" "?topic=orders&id=order-42")"
say "sent" "?topic=orders&id=order-43" >/dev/null
hears "$TMP/orders" "data: sent"
check "and is not said twice" $'id: order-42\ndata: paid\n\nid: order-43\ndata: sent' \
    "$(events "$TMP/orders")"
listen "$TMP/orders-again" "$URL/sse?user=ann&topic=orders&last_event_id=order-42"
hears "$TMP/orders-again" "data: sent"
check "a stream begins after such an id" $'id: order-43\ndata: sent' "$(events "$TMP/orders-again")"
check "an id with a # is refused" 400 \
    "$(status --data-binary '{"message":"x","user":"ann"}' "$URL/sse/message?id=%231-0")"
