# Subscribing at /events: selectors, representations, and where a stream begins.
source "$(dirname "$0")/lib.sh"
start
EVENTS="$URL/events"
publish() { get -o /dev/null -d "$2" "$EVENTS/$1"; }

listen "$TMP/one" "$EVENTS/a%2F1"
listen "$TMP/path" "$EVENTS/a/1"
listen "$TMP/two" "$EVENTS?topic=a/1&topic=b"
listen "$TMP/both" "$EVENTS/b?topic=c"
listen "$TMP/all" "$EVENTS?topic=*"
listen "$TMP/star" "$EVENTS/*"
listen "$TMP/template" -g "$EVENTS?topic=a/{n}"
listen "$TMP/json" "$EVENTS/a/1?format=json"
for topic in a/1 b c a/2 a/2/3 end; do publish "$topic" "$topic"; done
for name in all star; do
    hears "$TMP/$name" "data: end"
    check "$name" "a/1 b c a/2 a/2/3 end" "$(sed -n 's/^data: //p' "$TMP/$name" | paste -sd' ')"
done
# hears_all NAME DATA…: what such a subscriber has heard, the last word of which comes last.
hears_all() {
    hears "$TMP/$1" "data: ${*: -1}"
    check "$1" "${*:2}" "$(sed -n 's/^data: //p' "$TMP/$1" | paste -sd' ')"
}
hears_all one a/1
hears_all path a/1
hears_all two a/1 b
hears_all both b c
hears_all template a/1 a/2
wait_until grep -q '^data: {' "$TMP/json"
check "an envelope" 'data: {"id":"#N","topic":"a/1","data":"a/1","time":T}' "$(grep '^data' "$TMP/json" | shown)"

# kind ARGUMENT…: the type that a subscriber would get.
kind() { field content-type -I "$@" "$EVENTS/a"; }
check "by default" "text/event-stream; charset=utf-8" "$(kind)"
check "as a browser asks for a page" "text/event-stream; charset=utf-8" "$(kind -H 'Accept: text/html,*/*;q=0.8')"
check "lines" "application/x-ndjson" "$(kind -H 'Accept: application/x-ndjson')"
check "a poll" "application/json" "$(kind -H 'Accept: application/json, text/plain, */*')"
check "weights" "application/x-ndjson" "$(kind -H 'Accept: application/json;q=0.5, application/*')"
check "a parameter" "application/x-ndjson" "$(field content-type -I "$EVENTS/a?format=ndjson")"
check "nothing that fits" 406 "$(status -H 'Accept: text/html' "$EVENTS/a")"
check "it depends on Accept" Accept "$(field vary -I "$EVENTS/a")"
check "also when nothing fits" Accept "$(field vary -H 'Accept: text/html' "$EVENTS/a")"

# refused NAME SENTENCE QUERY
refused() {
    check "$1: status" 400 "$(status -g "$EVENTS$3")"
    check "$1" "{\"succeeded\":false,\"errorMessage\":\"$2\"}" "$(get -g "$EVENTS$3")"
}
refused "no topic" "a subscriber names at least one topic" ""
refused "an empty one" "a topic must not be empty" "?topic="
refused "a format" "format is text, json, ndjson or poll" "/a?format=xml"
refused "101 topics" "a subscriber names at most 100 topics" "?$(printf '&topic=%s' {1..101})"
check "100 topics" 200 "$(status -I "$EVENTS?$(printf '&topic=%s' {1..100})")"
check "a broken template" 400 "$(status -g "$EVENTS?topic=a/{n")"

for ((i = 1; i <= 60; i++)); do publish "gauge/$((i % 3))" "$i"; done
listen "$TMP/latest" -g "$EVENTS?topic=gauge/{n}&latest=1&last_event_id=earliest"
hears "$TMP/latest" "data: 60"
check "the newest of each topic" "58 59 60" "$(sed -n 's/^data: //p' "$TMP/latest" | paste -sd' ')"
publish gauge/1 61
publish gauge/1 62
hears "$TMP/latest" "data: 62"
check "then each" "58 59 60 61 62" "$(sed -n 's/^data: //p' "$TMP/latest" | paste -sd' ')"
check "in a poll" 3 "$(get "$EVENTS?topic=*&latest=1&last_event_id=earliest&format=poll" | grep -o '"topic":"gauge' | wc -l)"
refused "a strange word" "latest is 1 or 0" "/a?latest=yes"

publish resume one
position=$(get "$EVENTS/resume?format=poll&last_event_id=earliest" | sed 's/.*"last_event_id":"#\([^"]*\)".*/\1/')
publish resume two

# answers FORMAT PATTERN ARGUMENT…: what such a subscriber gets until a line matches.
answers() {
    : >"$TMP/answer"
    aside curl -q -s --noproxy '*' --max-time 300 -N -o "$TMP/answer" "${@:3}" "$EVENTS/resume?format=$1$QUERY"
    wait_until grep -q -- "$2" "$TMP/answer"
    leave "$ASIDE"
    cat "$TMP/answer"
}
for format in text json ndjson poll; do
    for QUERY in "&last_event_id=$position" "&lastEventID=%23$position" "&lastEventId=$position" "&Last-Event-ID=$position"; do
        check "$format resumes by $QUERY" two "$(answers "$format" two | grep -ow 'one\|two')"
    done
    QUERY='&last_event_id=earliest'
    check "$format begins with the earliest" $'one\ntwo' "$(answers "$format" two | grep -ow 'one\|two')"
    check "$format resumes by the header" two \
        "$(answers "$format" two -H "Last-Event-ID: #$position" | grep -ow 'one\|two')"
    QUERY='&last_event_id=1-0'
    matches "$format tells of a gap" '"after":"1-0","resumed":"#' "$(answers "$format" resumed)"
done

start --heartbeat 200ms
listen_lines "$TMP/beats" "$URL/events/a"
has_beats() { (($(wc -c <"$TMP/beats") >= 3)); }
wait_until has_beats
check "heartbeats come in a stream of lines" 0 $?
check "as empty ones" "" "$(tr -d '\n' <"$TMP/beats")"
