# One connection: keep-alive, HTTP/1.0, Expect, HEAD and OPTIONS.
source "$(dirname "$0")/lib.sh"
start
MESSAGE='{"message":"a","user":"ann"}'

# connects ARGUMENT…: for each URL whether a connection had to be made.
connects() { get -w '%{num_connects}' "$@" -o /dev/null -o /dev/null -o /dev/null | sed 's/./& /g;s/ $//'; }
check "three requests, one connection" "1 0 0" "$(connects "$URL/healthz" "$URL/" "$URL/healthz")"
check "errors do not end it" "1 0 0" "$(connects "$URL/nowhere" "$URL/sse" "$URL/healthz")"
check "nor do messages" "1 0 0" "$(connects -d "$MESSAGE" "$URL/sse/message" "$URL/sse/message" "$URL/sse/message")"
check "nor bad ones" "1 0 0" "$(connects -d "{" "$URL/sse/message" "$URL/sse/message" "$URL/sse/message")"
check "a body that was not read does" "1 1 1" "$(connects -d "$MESSAGE" "$URL/nowhere" "$URL/nowhere" "$URL/nowhere")"
check "it is asked to end" "1 1 1" "$(connects -H 'Connection: close' "$URL/healthz" "$URL/healthz" "$URL/healthz")"
check "and says so" close "$(field connection -H 'Connection: close' "$URL/healthz")"
check "HTTP/1.0 ends" "1 1 1" "$(connects -0 "$URL/healthz" "$URL/healthz" "$URL/healthz")"
check "unless it asks not to" "1 0 0" "$(connects -0 -H 'Connection: keep-alive' "$URL/healthz" "$URL/healthz" "$URL/healthz")"
check "and is told so" keep-alive "$(field connection -0 -H 'Connection: keep-alive' "$URL/healthz")"

check "HTTP/1.0" '{"status":"ok"}' "$(get -0 "$URL/healthz")"
check "HTTP/1.0 without a host" '{"status":"ok"}' "$(get -0 -H 'Host:' "$URL/healthz")"
check "HTTP/1.0 listens" '{"events":[]' "$(get -0 "$URL/events/quiet?format=poll&wait=0" | cut -d , -f 1)"
health='GET /healthz HTTP/1.1\r\nHost: localhost\r\n'
check "three at once" 3 "$(raw "$health\r\n$health\r\n${health}Connection: close\r\n\r\n" | grep -o 'HTTP/1.1 200 OK' | wc -l)"

# statuses ARGUMENT…: the status lines, those before the last one as well.
statuses() { get -o /dev/null -D - "$@" | tr -d '\r' | grep '^HTTP/' | cut -d ' ' -f 2 | paste -sd ' '; }
expect=(-H 'Expect: 100-continue' --expect100-timeout 9)
check "Expect" "100 200" "$(statuses "${expect[@]}" -d "$MESSAGE" "$URL/sse/message")"
check "Expect in capitals" "100 200" "$(statuses -H 'Expect: 100-CONTINUE' --expect100-timeout 9 -d "$MESSAGE" "$URL/sse/message")"
check "Expect before chunks" "100 200" "$(statuses "${expect[@]}" -H 'Transfer-Encoding: chunked' -d "$MESSAGE" "$URL/sse/message")"
check "Expect for nothing" "404" "$(statuses "${expect[@]}" -d "$MESSAGE" "$URL/nowhere")"
check "whose body is not sent" 0 "$(get -o /dev/null -w '%{size_upload}' "${expect[@]}" -d "$MESSAGE" "$URL/nowhere")"
check "Expect of too much" "413" "$(statuses "${expect[@]}" --data-binary "@$BIN" -H 'Content-Length: 99999999' "$URL/sse/message")"

# head_of ARGUMENT…: the head, without its date.
head_of() { get -o /dev/null -D - "$@" | tr -d '\r' | grep -vi '^date:'; }
for target in / /healthz /nowhere /sse /css/site.css; do
    check "HEAD $target" "$(head_of "$URL$target")" "$(head_of -I "$URL$target")"
done
check "HEAD of a stream" "text/event-stream; charset=utf-8" "$(field content-type -I "$URL/sse?user=ann")"
check "HEAD has no body" 0 "$(raw 'HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' | sed '1,/^\r$/d' | wc -c)"
for target in / /sse /healthz; do
    check "OPTIONS $target" 204 "$(status -X OPTIONS "$URL$target")"
    check "OPTIONS $target: allow" "GET, HEAD, OPTIONS" "$(field allow -X OPTIONS "$URL$target")"
done
check "OPTIONS of messages" "POST, OPTIONS" "$(field allow -X OPTIONS "$URL/sse/message")"
check "OPTIONS of everything" 204 "$(status -X OPTIONS --request-target '*' "$URL")"
check "OPTIONS has no length" "" "$(field content-length -X OPTIONS "$URL/")"
check "OPTIONS of nothing" 404 "$(status -X OPTIONS "$URL/nowhere")"
check "a whole URL as target" '{"status":"ok"}' "$(get --request-target "http://other.localhost/healthz" "$URL")"
