# A stream's head and its exact bytes, in chunks for HTTP/1.1 and plain for HTTP/1.0; heartbeats.
source "$(dirname "$0")/lib.sh"
start --heartbeat 200ms --retry 100ms

# reaches FILE BYTES: whether the file grows to that size.
reaches() { (($(wc -c <"$1") >= $2)); }

# prelude FILE: the first bytes of a stream, with the reconnection time that it has got by chance.
prelude() { printf ':\nretry: %s\nX' "$(tr -d '\r' <"$1" | sed -n 's/^retry: //p')"; }

# in_chunk BYTES: the same as a chunk.
in_chunk() { printf '%x\r\n%s\r\nX' ${#1} "$1"; }

listen "$TMP/beats" --raw "$URL/sse?user=ann"
wait_until grep -q '^retry: .' "$TMP/beats"
begin=$(prelude "$TMP/beats") begin=${begin%X}
chunk=$(in_chunk "$begin")
expected=${chunk%X}$'2\r\n:\n\r\n2\r\n:\n\r\n'
wait_until reaches "$TMP/beats" ${#expected}
printf '%s' "$expected" | cmp - <(head -c ${#expected} "$TMP/beats")
check "heartbeats in chunks" 0 $?

listen "$TMP/beats10" -0 --raw "$URL/sse?user=ann"
wait_until grep -q '^retry: .' "$TMP/beats10"
begin=$(prelude "$TMP/beats10")
expected=${begin%X}$':\n:\n:\n'
wait_until reaches "$TMP/beats10" ${#expected}
printf '%s' "$expected" | cmp - <(head -c ${#expected} "$TMP/beats10")
check "heartbeats without chunks" 0 $?

start --heartbeat 0s --retry 100ms
listen "$TMP/chunked" --raw -D "$TMP/head" "$URL/sse?user=ann"
listen "$TMP/plain" -0 --raw -D "$TMP/head10" "$URL/sse?user=ann"
say hello >/dev/null
hears "$TMP/plain" "data: hello"
hears "$TMP/chunked" "data: hello"
id=$(last_id "$TMP/plain")
event="id: $id"$'\n'"data: hello"$'\n\n'
begin=$(prelude "$TMP/plain")
printf '%s%s' "${begin%X}" "$event" | cmp - "$TMP/plain"
check "an event without chunks" 0 $?
begin=$(prelude "$TMP/chunked")
chunk=$(in_chunk "${begin%X}")
expected=${chunk%X}$(printf '%x' ${#event})$'\r\n'$event$'\r\n'
wait_until reaches "$TMP/chunked" ${#expected}
printf '%s' "$expected" | cmp - "$TMP/chunked"
check "an event in one chunk" 0 $?

head=$(tr -d '\r' <"$TMP/head")
check "the status" "HTTP/1.1 200 OK" "${head%%$'\n'*}"
for line in \
    "content-type: text/event-stream; charset=utf-8" \
    "cache-control: no-cache, no-store, no-transform" \
    "x-accel-buffering: no" \
    "x-content-type-options: nosniff" \
    "transfer-encoding: chunked"; do
    grep -qixF "$line" <<<"$head"
    check "the head says $line" 0 $?
done
check "nothing about chunks for 1.0" 0 "$(grep -ci 'transfer-encoding' "$TMP/head10")"
check "and no length" 0 "$(grep -ci 'content-length' "$TMP/head10")"

start --retry 2s
listen "$TMP/retry" "$URL/sse?user=ann"
retry=$(sed -n 's/^retry: //p' "$TMP/retry")
check "half to half as long again: $retry" yes "$( ((retry >= 1000 && retry <= 3000)) && echo yes)"
