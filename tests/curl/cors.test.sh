# Pages of other origins: none by default, those that are named, or all.
source "$(dirname "$0")/lib.sh"
HOME_PAGE="https://example.org"
OTHER="https://evil.example"
AC=access-control

start
check "none by default" "" "$(field $AC-allow-origin -H "Origin: $HOME_PAGE" "$URL/healthz")"
check "nor on a preflight" "" "$(field "$AC-allow-[a-z]*" -X OPTIONS -H "Origin: $HOME_PAGE" "$URL/sse/message")"

start --cors-origin "$HOME_PAGE" --cors-origin http://localhost:3000
for target in /healthz /sse /nowhere /css/site.css; do
    check "one that is named: $target" "$HOME_PAGE" "$(field $AC-allow-origin -H "Origin: $HOME_PAGE" "$URL$target")"
    check "with credentials: $target" true "$(field $AC-allow-credentials -H "Origin: $HOME_PAGE" "$URL$target")"
    check "one that is not: $target" "" "$(field $AC-allow-origin -H "Origin: $OTHER" "$URL$target")"
    check "it varies: $target" Origin "$(field vary -H "Origin: $OTHER" "$URL$target")"
done
check "the second" http://localhost:3000 "$(field $AC-allow-origin -H "Origin: http://localhost:3000" "$URL/healthz")"
check "a part of one" "" "$(field $AC-allow-origin -H "Origin: https://example.or" "$URL/healthz")"
check "more than one" "" "$(field $AC-allow-origin -H "Origin: $HOME_PAGE.evil.example" "$URL/healthz")"
check "no origin" "" "$(field $AC-allow-origin "$URL/healthz")"
check "a stream" "$HOME_PAGE" "$(field $AC-allow-origin -I -H "Origin: $HOME_PAGE" "$URL/sse?user=a")"
preflight=(-X OPTIONS -H "Origin: $HOME_PAGE" -H "Access-Control-Request-Method: POST" "$URL/sse/message")
check "a preflight" 204 "$(status "${preflight[@]}")"
check "its origin" "$HOME_PAGE" "$(field $AC-allow-origin "${preflight[@]}")"
check "its methods" "POST, OPTIONS" "$(field $AC-allow-methods "${preflight[@]}")"
matches "its fields" "content-type, .*last-event-id" "$(field $AC-allow-headers "${preflight[@]}")"
matches "and what libraries for tracing add" "last-event-id, traceparent, x-requested-with$" \
    "$(field $AC-allow-headers -H "Access-Control-Request-Headers: traceparent,x-requested-with" "${preflight[@]}")"
check "for a day" 86400 "$(field $AC-max-age "${preflight[@]}")"

# All names below one, and by that no other.
start --cors-origin 'https://*.example.org' --cors-origin capacitor://localhost
for origin in https://www.example.org https://a.b.example.org capacitor://localhost; do
    check "a wildcard: $origin" "$origin" "$(field $AC-allow-origin -H "Origin: $origin" "$URL/healthz")"
    check "may publish: $origin" 200 "$(status -d x -H "Origin: $origin" "$URL/events/x")"
done
for origin in https://example.org https://evilexample.org https://www.example.org.evil.example http://www.example.org \
    https://www.example.org:8443 https://evil.example/.example.org; do
    check "not a wildcard's: $origin" "" "$(field $AC-allow-origin -H "Origin: $origin" "$URL/healthz")"
    check "may not publish: $origin" 403 "$(status -d x -H "Origin: $origin" "$URL/events/x")"
done

start --cors-origin '*'
check "all" '*' "$(field $AC-allow-origin -H "Origin: $OTHER" "$URL/healthz")"
check "without credentials" "" "$(field $AC-allow-credentials -H "Origin: $OTHER" "$URL/healthz")"
check "on errors, too" '*' "$(field $AC-allow-origin -X BREW "$URL/")"

# Who finds no place is told so before anything of them is read.
full() { [[ $(status "$URL/healthz") == 503 ]]; }
for origins in '*' "$HOME_PAGE"; do
    start --cors-origin "$origins" --connections 1
    listen "$TMP/one" "$URL/events/x"
    check "the server is full" yes "$(wait_until full && echo yes)"
    expected=$([[ $origins == '*' ]] && echo '*')
    check "a page may know it, if any may call: $origins" "$expected" \
        "$(field $AC-allow-origin -H "Origin: $HOME_PAGE" "$URL/healthz")"
    leave "$LISTENER"
done
