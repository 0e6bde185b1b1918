# Who comes back hears what was said meanwhile; who comes back too late is told so.
source "$(dirname "$0")/lib.sh"
start --keep-events 4
CHAT="$URL/sse?user=ann"

listen "$TMP/first" "$CHAT"
say one >/dev/null
hears "$TMP/first" "data: one"
seen=$(last_id "$TMP/first")
matches "an id" '^#[0-9]+-[0-9]+$' "$seen"
leave "$LISTENER"
say two >/dev/null
say three >/dev/null

# resumes NAME ARGUMENT…: such a subscriber hears the two messages that it has missed.
resumes() {
    local name=$1
    shift
    listen "$TMP/again" "$@"
    hears "$TMP/again" "data: three"
    check "resumes by $name" $'id: ID\ndata: two\n\nid: ID\ndata: three' "$(events "$TMP/again")"
    leave "$LISTENER"
}
escaped=${seen/\#/%23}
resumes "Last-Event-ID" -H "Last-Event-ID: $seen" "$CHAT"
resumes "Last-Event-ID without #" -H "Last-Event-ID: ${seen#\#}" "$CHAT"
for spelling in last_event_id lastEventID lastEventId Last-Event-ID; do
    resumes "$spelling" "$CHAT&$spelling=$escaped"
done
resumes "the header, against a parameter" -H "Last-Event-ID: $seen" "$CHAT&last_event_id=earliest"

listen "$TMP/now" "$CHAT"
listen "$TMP/earliest" "$CHAT&last_event_id=earliest"
hears "$TMP/earliest" "data: three"
check "earliest" $'data: one\ndata: two\ndata: three' "$(grep '^data' "$TMP/earliest")"
check "without an id only what is new" "" "$(events "$TMP/now")"
say four >/dev/null
hears "$TMP/now" "data: four"
hears "$TMP/earliest" "data: four"
check "history, then live" 4 "$(grep -c '^data' "$TMP/earliest")"
listen "$TMP/live" -H "Last-Event-ID: $(last_id "$TMP/now")" "$CHAT"
say five >/dev/null
hears "$TMP/live" "data: five"
check "nothing missed, nothing repeated" "data: five" "$(grep '^data' "$TMP/live")"

# Four are kept; the one after `seen` goes with the seventh.
say six >/dev/null
say seven >/dev/null
listen "$TMP/late" -H "Last-Event-ID: $seen" "$CHAT"
hears "$TMP/late" "data: seven"
gap=$'event: gap\nid: ID\ndata: {"after":"AFTER","resumed":"RESUMED"}\n\n'
rest=$'id: ID\ndata: four\n\nid: ID\ndata: five\n\nid: ID\ndata: six\n\nid: ID\ndata: seven'
shown() { events "$1" | sed 's/"after":"[^"]*"/"after":"AFTER"/;s/"resumed":"#[0-9]*-[0-9]*"/"resumed":"RESUMED"/'; }
check "a gap" "$gap$rest" "$(shown "$TMP/late")"
check "after what" "$seen" "$(sed -n 's/.*"after":"\([^"]*\)".*/\1/p' "$TMP/late")"
check "its id is where the stream goes on" \
    "$(sed -n 's/.*"resumed":"\([^"]*\)".*/\1/p' "$TMP/late")" \
    "$(sed -n '/^event: gap/{n;s/^id: //p}' "$TMP/late")"
listen "$TMP/again" -H "Last-Event-ID: $(sed -n '/^event: gap/{n;s/^id: //p}' "$TMP/late")" "$CHAT"
hears "$TMP/again" "data: seven"
check "nobody is told twice" "$rest" "$(events "$TMP/again")"
listen "$TMP/strange" -H "Last-Event-ID: nobody knows it" "$CHAT"
hears "$TMP/strange" "data: seven"
check "an id that is not known" "$gap$rest" "$(shown "$TMP/strange")"
listen "$TMP/future" -H "Last-Event-ID: #99999999999999-0" "$CHAT"
hears "$TMP/future" "data: seven"
check "an id from the future" "$gap$rest" "$(shown "$TMP/future")"
listen "$TMP/quoted" -H 'Last-Event-ID: "\é' "$CHAT"
wait_until grep -q '^event: gap' "$TMP/quoted"
matches "an id that JSON escapes" '"after":"\\"\\\\é"' "$(grep '^data: {' "$TMP/quoted")"
