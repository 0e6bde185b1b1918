# Turbo's stream sources in Chromium, on a page of another origin: what curl publishes changes the page, also after
# the server was killed.
source "$(dirname "$0")/lib.sh"

mkfifo "$TMP/say"
node "$HERE/turbo.mjs" <"$TMP/say" >"$TMP/page" 2>"$TMP/page.err" &
PIDS+=($!)
NODE=$!
exec 4>"$TMP/say"
wait_until [ -s "$TMP/page" ] || check "a page" "an origin" "$(cat "$TMP/page.err")"
OPTIONS=(--token-key-file "$TMP/secret" --data "$TMP/data" --cors-origin "$(head -n 1 "$TMP/page")" --retry 200ms)
start_at "$(free_port)" "${OPTIONS[@]}"
echo "$URL$HUB $(token --subscribe 'orders/{id}')" >&4

# append ID TEXT FIELD…: publishes a stream element that appends the text.
append() {
    update "$1" "<turbo-stream action=\"append\" target=\"updates\"><template><i>$2 </i></template></turbo-stream>" "${@:3}" >/dev/null
}
shows() { hears "$TMP/page" "$1" || check "the page shows" "$1" "$(cat "$TMP"/page*)"; }

append one public -d topic=news
shows "public "
append hidden "not for you" -d topic=news -d private=
append hidden "not for you" -d topic=staff -d private=
append two private -d topic=orders/1 -d private=
shows "public private "

{ kill -KILL "$PID"; wait "$PID"; } 2>/dev/null
start_at "$PORT" "${OPTIONS[@]}"
append three "live again" -d topic=orders/1 -d private=
shows "public private live again "
append four "and public" -d topic=news
shows "public private live again and public "
check "the page, step by step" $'public \npublic private \npublic private live again \npublic private live again and public ' \
    "$(sed 1d "$TMP/page")"
echo enough >&4
check_exit "the browser closes" 0 "$NODE"
