# The end of a topic: its streams end, and whoever comes back is told that there is nothing more.
source "$(dirname "$0")/lib.sh"

for settings in "" "--data $TMP/log"; do
    # shellcheck disable=SC2086
    start $settings
    EVENTS="$URL/events"
    with=${settings%% *}
    publish() { get -o /dev/null -d "$2" "$EVENTS/$1"; }

    publish a one
    listen "$TMP/reader" "$EVENTS/a"
    reader=$LISTENER
    listen "$TMP/both" "$EVENTS?topic=a&topic=b"
    both=$LISTENER
    publish a two
    aside get -o "$TMP/polled" -w '%{http_code}' "$EVENTS/quiet?format=poll" >"$TMP/polled.status"
    polled=$ASIDE
    check "$with: the answer" '{"id":"#N","topic":"a"}' "$(get -X DELETE "$EVENTS/a" | shown)"
    check_exit "$with: a stream ends well" 0 "$reader"
    check "$with: after its last event" $'id: ID\ndata: two' "$(events "$TMP/reader")"
    check "$with: one of two topics goes on" yes "$(ended "$both" || echo yes)"

    for format in text json ndjson poll; do
        check "$with: coming back as $format" 204 "$(status "$EVENTS/a?format=$format")"
        check "$with: with the last id as $format" 204 \
            "$(status -H "Last-Event-ID: $(last_id "$TMP/reader")" "$EVENTS/a?format=$format")"
    done
    check "$with: not to be kept" no-store "$(field cache-control "$EVENTS/a")"
    check "$with: the chat's address, too" 204 "$(status "$URL/sse?user=ann&topic=a")"
    check "$with: what was missed comes first" $'one\ntwo' \
        "$(get "$EVENTS/a?last_event_id=earliest" | sed -n 's/^data: //p')"
    check "$with: a poll gets it, too" 2 "$(get "$EVENTS/a?format=poll&last_event_id=earliest" | grep -o '"data"' | wc -l)"
    get -o /dev/null -X DELETE "$EVENTS/quiet"
    check_exit "$with: a poll that waits is answered" 0 "$polled"
    check "$with: with 204" 204 "$(cat "$TMP/polled.status")"
    get -o /dev/null -X DELETE "$EVENTS/b"
    check_exit "$with: the last topic's end is the stream's" 0 "$both"

    if [[ $with ]]; then
        kill -TERM "$PID"
        check_exit "$with: it stops" 0 "$PID"
        start $settings
        EVENTS="$URL/events"
        check "$with: after a restart" 204 "$(status "$EVENTS/a")"
    fi
    publish a three
    listen "$TMP/again" "$EVENTS/a?last_event_id=earliest"
    hears "$TMP/again" "data: three"
    check "$with: an event begins it anew" $'one\ntwo\nthree' "$(sed -n 's/^data: //p' "$TMP/again")"
    check "$with: and the stream stays open" yes "$(ended "$LISTENER" || echo yes)"
    check "$with: all topics never end" 200 "$(status -I "$EVENTS?topic=*")"
    check "$with: nor can they be ended" 400 "$(status -X DELETE "$EVENTS/*")"
    check "$with: /events knows no DELETE" 405 "$(status -X DELETE "$EVENTS")"
done
