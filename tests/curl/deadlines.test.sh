# Slow clients get 408, silent ones are let go, and one too many is told to come back.
source "$(dirname "$0")/lib.sh"
start --head-deadline 2s --body-deadline 2s --idle 2s --connections 50

answer() { raw "$1" | first_line; }
check "half a head" "HTTP/1.1 408 Request Timeout" "$(answer 'GET / HTTP/1.1\r\nHost: localhost\r\n')"
check "half a body" "HTTP/1.1 408 Request Timeout" \
    "$(answer 'POST /sse/message HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf')"
check "half a chunk" "HTTP/1.1 408 Request Timeout" \
    "$(answer 'POST /sse/message HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf')"
matches "says why" '"the request head took too long to arrive"' "$(raw 'GET')"
check "nothing at all" "" "$(raw '')"
check "nothing after a request" 1 "$(raw 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n' | grep -c '^HTTP')"

# In the order of events: who is refused reads the end before a head that began earlier is late.
start --head-deadline 10s
exec 4<>"/dev/tcp/127.0.0.1/$PORT"
printf 'GET' >&4
check "the server knows of it" 0 "$(has_read; echo $?)"
aside eval 'in_time cat <&4 >"$TMP/late"'
raw 'BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n' >"$TMP/refused"
check "a refusal has come" 1 "$(grep -c '^HTTP/1.1 501' "$TMP/refused")"
check "and ended before the other's time was up" "" "$(cat "$TMP/late")"
check_exit "who has its answer later" 0 "$ASIDE"
check "but the same" 1 "$(grep -c '^HTTP/1.1 408' "$TMP/late")"
exec 4>&-

start --connections 2
listen "$TMP/one" "$URL/sse?user=one"
first=$LISTENER
listen "$TMP/two" "$URL/sse?user=two"
check "one too many" 503 "$(status "$URL/healthz")"
check "comes back later" 5 "$(field retry-after "$URL/healthz")"
check "its type" application/json "$(field content-type "$URL/healthz")"
check "its body" '{"succeeded":false,"errorMessage":"the server has no place left now"}' "$(get "$URL/healthz")"
check "a message, too" 503 "$(status -d '{"message":"a","user":"b"}' "$URL/sse/message")"
leave "$first"
is_served() { [[ $(status "$URL/healthz") == 200 ]]; }
wait_until is_served
check "a place is free again" 0 $?
check "the other has stayed" yes "$(ended "$LISTENER" || echo yes)"
say "still here" >/dev/null
hears "$TMP/two" "data: still here"
check "and still hears" 0 $?
