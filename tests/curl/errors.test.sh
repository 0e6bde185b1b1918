# Every refusal has its status, a JSON body, and a sentence.
source "$(dirname "$0")/lib.sh"
start --body-bytes 100KiB
long=$(printf 'a%.0s' {1..5000})
MESSAGE='{"message":"a","user":"ann"}'

# refused NAME STATUS SENTENCE ARGUMENT…
refused() {
    local name=$1 expected=$2 sentence=$3
    shift 3
    check "$name: status" "$expected" "$(status "$@")"
    matches "$name: body" "^\\{\"succeeded\":false,\"errorMessage\":\"$sentence" "$(get "$@")"
    check "$name: type" "application/json" "$(field content-type "$@")"
    check "$name: not to be kept" "no-store" "$(field cache-control "$@")"
}

refused "no name" 400 'The parameters have no names: add \?user=NAME"}$' "$URL/sse"
refused "an empty name" 400 'The parameters have no names: add \?user=NAME"}$' "$URL/sse?user="
refused "not JSON" 400 "the body is not JSON like" -d 'hello' "$URL/sse/message"
refused "an empty body" 400 "the body is not JSON like" -d '' "$URL/sse/message"
refused "no user" 400 "the body is not JSON like" -d '{"message":"a"}' "$URL/sse/message"
refused "a number" 400 "the body is not JSON like" -d '{"message":1,"user":"a"}' "$URL/sse/message"
refused "not UTF-8" 400 "the body is not JSON like" --data-binary $'{"message":"\xff","user":"a"}' "$URL/sse/message"
refused "nowhere" 404 "there is nothing here" "$URL/nowhere"
refused "dots" 400 "the path has a dot segment" --path-as-is "$URL/css/../index.html"
refused "no body" 400 "the body is not JSON" -X POST "$URL/sse/message"
head -c 102401 /dev/zero >"$TMP/body"
refused "a body too long" 413 "the body is too long" --data-binary "@$TMP/body" "$URL/sse/message"
refused "chunks too long" 413 "the body is too long" -H 'Transfer-Encoding: chunked' --data-binary "@$TMP/body" "$URL/sse/message"
refused "a long line" 414 "the request line is too long" "$URL/$long"
refused "an encoded body" 415 "an encoded body" -H 'Content-Encoding: gzip' -d "$MESSAGE" "$URL/sse/message"
refused "an expectation" 417 "this server knows only" -H 'Expect: a miracle' -d "$MESSAGE" "$URL/sse/message"
refused "a long field" 431 "a header field is too long" -H "X: $long" "$URL/"
refused "a method" 501 "this server does not know the method" -X BREW "$URL/"
refused "a coding" 501 "this server knows no transfer coding" -H 'Transfer-Encoding: gzip, chunked' -d "$MESSAGE" "$URL/sse/message"

for target in / /sse /healthz /css/site.css; do
    refused "POST $target" 405 "the method is not known here" -d "" "$URL$target"
    check "POST $target: allow" "GET, HEAD, OPTIONS" "$(field allow -d "" "$URL$target")"
done
refused "GET of messages" 405 "the method is not known here" "$URL/sse/message"
check "GET of messages: allow" "POST, OPTIONS" "$(field allow "$URL/sse/message")"
refused "DELETE" 405 "the method is not known here" -X DELETE "$URL/sse/message"

# What curl cannot be made to send.
answer() { raw "$1" | first_line; }
check "a version" "HTTP/1.1 505 HTTP Version Not Supported" "$(answer 'GET / HTTP/1.2\r\nHost: localhost\r\n\r\n')"
check "HTTP/2" "HTTP/1.1 505 HTTP Version Not Supported" "$(answer 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')"
check "TLS" "HTTP/1.1 400 Bad Request" "$(answer '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03')"
check "no host" "HTTP/1.1 400 Bad Request" "$(answer 'GET / HTTP/1.1\r\n\r\n')"
check "two lengths" "HTTP/1.1 400 Bad Request" \
    "$(answer 'POST /sse/message HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello')"
check "a length and chunks" "HTTP/1.1 400 Bad Request" \
    "$(answer 'POST /sse/message HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')"
check "lines in LF" "HTTP/1.1 400 Bad Request" "$(answer 'GET / HTTP/1.1\nHost: localhost\n\n')"
check "a byte above ASCII" "HTTP/1.1 200 OK" "$(answer 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: \xe9\r\nConnection: close\r\n\r\n')"
check "a length beyond all memory" "HTTP/1.1 413 Payload Too Large" \
    "$(answer 'POST /sse/message HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18446744073709551615\r\n\r\n')"

check "the server is still well" '{"status":"ok"}' "$(get "$URL/healthz")"
check "and nothing has panicked" 0 "$(grep -c panick "$LOG")"

# A client fills no log: what is left out is counted, and no line is lost without a word.
start
get "$URL/nothing/here/[1-2000]" >/dev/null
counted() {
    WRITTEN=$(grep -c ' 404 /nothing/here/' "$LOG")
    LEFT_OUT=$(sed -n 's/.* \([0-9]*\) more lines were left out.*/\1/p' "$LOG" | awk "{ sum += \$1 } END { print sum + 0 }")
    ((WRITTEN + ${LEFT_OUT:-0} == 2000))
}
check "every refusal is logged or counted" yes "$(wait_until counted && echo yes || tail -n 3 "$LOG")"
counted
check "most are counted alone" yes "$( ((LEFT_OUT > WRITTEN)) && echo yes || echo "$WRITTEN")"
