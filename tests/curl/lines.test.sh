# Messages of several lines: LF, CR and CRLF each end one, and nobody forges an event.
source "$(dirname "$0")/lib.sh"
start
listen "$TMP/bob" "$URL/sse?user=bob"

# said MESSAGE: the event that a message in JSON becomes.
said() {
    listen "$TMP/one" "$URL/sse?user=eve"
    say "$1" >/dev/null
    say "end of test" >/dev/null
    hears "$TMP/one" "data: end of test"
    leave "$LISTENER"
    events "$TMP/one" | sed '/^id: ID$/{N;/end of test/Q;}'
}

check "LF" $'id: ID\ndata: a\ndata: b' "$(said 'a\nb')"
check "CR" $'id: ID\ndata: a\ndata: b' "$(said 'a\rb')"
check "CRLF" $'id: ID\ndata: a\ndata: b' "$(said 'a\r\nb')"
check "LF CR is two" $'id: ID\ndata: a\ndata: \ndata: b' "$(said 'a\n\rb')"
check "an end at the end" $'id: ID\ndata: a\ndata: ' "$(said 'a\n')"
check "nothing" $'id: ID\ndata: ' "$(said '')"
check "spaces stay" $'id: ID\ndata:   a ' "$(said '  a ')"
check "fields are text" $'id: ID\ndata: id: 7\ndata: :' "$(said 'id: 7\n:')"
for end in '\n' '\r' '\r\n'; do
    check "a forgery by $end" \
        $'id: ID\ndata: a\ndata: \ndata: event: x\ndata: data: y' \
        "$(said "a$end${end}event: x${end}data: y")"
done
check "other separators end no line" $'id: ID\ndata: a\u2028b\u0085c\vd' "$(said 'a\u2028b\u0085c\u000bd')"
check "a forged name" 0 "$(grep -c '^event' "$TMP/bob")"
check "a forged id" 0 "$(grep -c '^id: 7' "$TMP/bob")"
