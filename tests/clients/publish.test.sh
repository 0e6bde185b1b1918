# Publishers: pymercure, and the crate `mercure`.
source "$(dirname "$0")/lib.sh"
PYTHON=$HERE/.venv/bin/python

start --token-key-file "$TMP/secret"
python() { "$PYTHON" "$HERE/publish.py" "$URL$HUB" "$@" 2>"$TMP/err"; }
aside "$PYTHON" "$HERE/consumers/by_pymercure.py" "$URL$HUB" >"$TMP/heard" 2>"$TMP/heard.err"
hears "$TMP/heard" open || check "pymercure subscribes" open "$(cat "$TMP"/heard*)"
listen "$TMP/browser" "$URL$HUB?topic=*" -H "Authorization: Bearer $BROWSER"

check "pymercure publishes, and gets the id" mine "$(python "$PUBLISHER" mine hello "$ORDER")"
matches "an id of the hub's own" '^#[0-9]+-[0-9]+$' "$(python "$PUBLISHER" "" $'two\nlines' "$STAFF" "$ORDER")"
check "without the right to" "" "$(python "$BROWSER" not-mine hello "$ORDER")"
matches "it raises what is for that" PublishRejectedError "$(cat "$TMP/err")"
check "with a wrong token" "" "$(python "${PUBLISHER}A" not-mine hello "$ORDER")"
matches "and for that" UnauthorizedPublisherError "$(cat "$TMP/err")"

output=$("$HERE/rust/target/debug/ssehub-client-mercure" "$URL$HUB" "$SECRET" "$ORDER" "$STAFF" 2>&1)
check "the crate mercure publishes, and gets four ids" 4 "$(grep -cE '^#[0-9]+-[0-9]+$' <<<"$output")"
update last end -d topic="$ORDER" >/dev/null
hears "$TMP/browser" "data: end"
told=$'data: hello\ndata: two\ndata: lines\ndata: by Rust\ndata: by Rust, private\ndata: by Rust\ndata: end'
check "what they have published" "$told" "$(grep '^data' "$TMP/browser")"
hears "$TMP/heard" "last end" || check "pymercure hears" "last end" "$(cat "$TMP"/heard*)"
check "pymercure gets what is public" 0 "$(grep -c private "$TMP/heard")"
check "all of it" 5 "$(grep -cE '^(mine|#|last)' "$TMP/heard")"

# The token that the crate has made.
listen "$TMP/crate" "$URL$HUB?topic=$ORDER&lastEventID=earliest" -H "Authorization: Bearer $(tail -n 1 <<<"$output")"
hears "$TMP/crate" "data: end"
check "a token of the crate mercure" 1 "$(grep -c 'by Rust, private' "$TMP/crate")"
