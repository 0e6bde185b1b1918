# Each client gets public and private updates, comes back to a server that was killed, misses nothing, and sees
# nothing that its token does not grant.
source "$(dirname "$0")/lib.sh"

start_at "$(free_port)" --token-key-file "$TMP/secret" --data "$TMP/data" --retry 200ms
ALL="$URL$HUB?topic=https%3A%2F%2Fexample.com%2F%7Bplace%7D%2F%7Bid%7D&lastEventID=earliest"
CLIENTS=(eventsource eventsource-cookie event-source-polyfill fetch-event-source)
for client in "${CLIENTS[@]}"; do
    aside node "$HERE/consumers/${client%-cookie}.mjs" "$ALL" "$BROWSER" "${client##*-}" \
        >"$TMP/$client.out" 2>"$TMP/$client.err"
done

# hear DATA: every client gets that.
hear() {
    for client in "${CLIENTS[@]}"; do
        wait_until grep -qF -- "$1" "$TMP/$client.out" || check "$client hears" "$1" "$(cat "$TMP/$client".*)"
    done
}
update one public -d topic="$ORDER" >/dev/null
update hidden-1 "not for you" -d topic="$STAFF" -d private= >/dev/null
update two private -d topic="$ORDER" -d private=on >/dev/null
update three "by an alternate" -d topic="$STAFF" -d topic="$ORDER" -d private=on >/dev/null
hear "three by an alternate"

# Nothing is connected while the server is away.
{ kill -KILL "$PID"; wait "$PID"; } 2>/dev/null
"$BIN" log import --data "$TMP/data" >/dev/null <<END
{"topic":"$ORDER","id":"away","data":"while you were away","private":true}
{"topic":"$STAFF","id":"hidden-2","data":"not for you","private":true}
END
check "updates come while the server is away" 0 $?
start_at "$PORT" --token-key-file "$TMP/secret" --data "$TMP/data" --retry 200ms
hear "away while you were away"
update hidden-3 "not for you" -d topic="$STAFF" -d private= >/dev/null
update live "live again" -d topic="$ORDER" -d private= >/dev/null
hear "live live again"
for client in "${CLIENTS[@]}"; do
    check "$client: what it gets" $'one public\ntwo private\nthree by an alternate\naway while you were away\nlive live again' \
        "$(cat "$TMP/$client.out")"
done
