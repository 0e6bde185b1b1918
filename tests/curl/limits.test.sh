# What one client or one credential may take, which hosts are answered to, and whose word is taken.
source "$(dirname "$0")/lib.sh"

speak() { status -d hello "$@" "$URL/events/a"; }
# as ADDRESS [NAME]: what a proxy says of whose request it is.
as() { printf '%s: %s' "${2-X-Forwarded-For}" "$1"; }

# Without limits there are none.
start
for ((one = 0; one < 20; one++)); do speak; done >"$TMP/unlimited"
check "by default nobody is limited" "" "$(sed 's/200//g' "$TMP/unlimited")"
check "nor is any host of this machine refused" 200 "$(status -H 'Host: a.localhost' "$URL/healthz")"
check "but all others" 421 "$(status -H 'Host: evil.example' "$URL/healthz")"

start --open --anonymous-publish-rate 1:3 --trusted-proxy 127.0.0.2
# spend ARGUMENT…: until there is nothing left, which is soon; on a busy machine there is more again.
spend() { for ((spent = 0; spent < 20; spent++)); do [[ $(speak "$@") == 429 ]] && return; done; }
# check_spent NAME EXPECTED COMMAND…: checks what it says where there is nothing left. A second later there is something
# again, so on a busy machine it may take several attempts.
check_spent() {
    local said attempt
    for ((attempt = 0; attempt < 20; attempt++)); do
        spend "${client[@]}"
        said=$("${@:3}")
        [[ $said == "$2" ]] && break
    done
    check "$1" "$2" "$said"
}
client=()
check "too many lines for ever" 413 \
    "$(status -H 'Content-Type: application/x-ndjson' --data-binary $'{"data":1}\n{"data":2}\n{"data":3}\n{"data":4}\n' "$URL/events/a")"
check "a burst" "200 200 200" "$(speak) $(speak) $(speak)"
spend
check "has an end" yes "$( ((spent < 20)) && echo yes)"
check_spent "says when to come back" 1 field retry-after -d x "$URL/events/a"
check_spent "as JSON" application/json field content-type -d x "$URL/events/a"
check_spent "and why" '{"succeeded":false,"errorMessage":"you publish more than you may: try again in 1 s"}' get -d x "$URL/events/a"
check_spent "a message, too" 429 status -d '{"message":"a","user":"b"}' "$URL/sse/message"
check_spent "whoever lies" 429 speak -H "$(as 192.0.2.1)"
check_spent "and otherwise" 429 speak -H "$(as 'for=192.0.2.1' Forwarded)"
check "reading is free" 200 "$(status "$URL/events/a?format=poll&wait=0")"
speaks() { [[ $(speak) == 200 ]]; }
wait_until speaks
check "after a while" 0 $?

proxy=(--interface 127.0.0.2)
client=("${proxy[@]}" -H "$(as 192.0.2.1)")
check_spent "a client of a trusted proxy" 429 speak "${proxy[@]}" -H "$(as 192.0.2.1)"
check_spent "the same in the standard's words" 429 speak "${proxy[@]}" -H "$(as 'for="192.0.2.1:80";proto=https' Forwarded)"
check "another one" 200 "$(speak "${proxy[@]}" -H "$(as 192.0.2.2)")"
check_spent "what it says of itself" 429 speak "${proxy[@]}" -H "$(as '198.51.100.1, 192.0.2.1')"
spend "${client[@]}"
check "what both fields do not agree on" 200 \
    "$(speak "${proxy[@]}" -H "$(as 192.0.2.1)" -H "$(as 'for=198.51.100.1' Forwarded)")"

# One address has so many connections, whatever they do.
start --address-connections 2 --trusted-proxy unix --listen "unix:$TMP/hub.sock"
listen "$TMP/one" "$URL/events/a"
first=$LISTENER
listen "$TMP/two" "$URL/events/a"
check "one connection too many" 429 "$(status "$URL/healthz")"
check "its answer" '{"succeeded":false,"errorMessage":"your address has too many connections"}' "$(get "$URL/healthz")"
check "when to come back" 5 "$(field retry-after "$URL/healthz")"
check "and it is closed" close "$(field connection "$URL/healthz")"
exec 4<>"/dev/tcp/127.0.0.1/$PORT"
check "also for one that says nothing" 1 "$(in_time cat <&4 | grep -c '^HTTP/1.1 429')"
exec 4>&-
check "another address" 200 "$(status --interface 127.0.0.2 "$URL/healthz")"
at=(--unix-socket "$TMP/hub.sock")
listen "$TMP/three" "${at[@]}" -H "$(as 192.0.2.1)" http://hub/events/a
listen "$TMP/four" "${at[@]}" -H "$(as 192.0.2.1)" http://hub/events/a
check "behind a proxy" 429 "$(status "${at[@]}" -H "$(as 192.0.2.1)" http://hub/events/a)"
check "others behind it" 200 "$(status "${at[@]}" -H "$(as 192.0.2.2)" 'http://hub/events/a?format=poll&wait=0')"
check "what is no stream" 200 "$(status "${at[@]}" -H "$(as 192.0.2.1)" http://hub/healthz)"
leave "$first"
is_served() { [[ $(status "$URL/healthz") == 200 ]]; }
wait_until is_served
check "a place is free again" 0 $?

# Hosts.
start --allowed-host example.org --allowed-host '*.example.org:8080'
host() { status -H "Host: $1" "$URL/healthz"; }
check "a host" 200 "$(host example.org)"
check "with any port" 200 "$(host example.org:1)"
check "one below" 200 "$(host hub.example.org:8080)"
check "with that port alone" 421 "$(host hub.example.org)"
check "another one" 421 "$(host evil.example)"
check "its body" '{"succeeded":false,"errorMessage":"this server does not answer to that host: name it with --allowed-host"}' "$(get "$URL/")"
check "HTTP/1.0 without one" 421 "$(status -0 -H 'Host:' "$URL/healthz")"

# wrong OPTION VALUE: what the server says of it.
wrong() { "$BIN" "$1" "$2" 2>&1 | head -n 1; }
matches "a wrong proxy" '^ssehub: --trusted-proxy=10.0.0.1/8: an address, a network' "$(wrong --trusted-proxy 10.0.0.1/8)"
matches "a wrong host" '^ssehub: --allowed-host=http://a: a name such as' "$(wrong --allowed-host http://a)"
matches "a wrong rate" '^ssehub: --publish-rate=1:0: events per second' "$(wrong --publish-rate 1:0)"
