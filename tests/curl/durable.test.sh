# A log in a file outlives the server: history, ids and resuming go on; a bad file is refused.
source "$(dirname "$0")/lib.sh"
DATA="$TMP/hub.log"

# restart OPTION…: ends the server in good order and starts one on the same file; sets CHAT.
restart() {
    kill -TERM "$PID"
    check_exit "it stops in good order" 0 "$PID"
    start --data "$DATA" "$@"
    CHAT="$URL/sse?user=ann"
}
# past FILE: what a stream says, without ids.
past() { sed -n 's/^data: //p' "$1" | tr '\n' ' '; }
# position FILE NUMBER: that of the first, second or third event in a stream.
position() { sed -n 's/^id: #//p' "$1" | sed -n "$2p"; }

start --data "$DATA"
listen "$TMP/first" "$URL/sse?user=ann"
say one >/dev/null
check "a file is made" yes "$([[ -s $DATA ]] && echo yes)"
say two >/dev/null
say elsewhere "?topic=orders" >/dev/null
hears "$TMP/first" "data: two"
seen=$(last_id "$TMP/first")

restart
check "who asks for what is new, hears nothing old" "" "$(listen "$TMP/now" "$CHAT"; events "$TMP/now")"
listen "$TMP/all" "$CHAT&last_event_id=earliest"
hears "$TMP/all" "data: two"
check "history is there" "one two " "$(past "$TMP/all")"
check "with the same ids" "$(sed -n 's/^id: //p' "$TMP/first")" "$(sed -n 's/^id: //p' "$TMP/all")"
listen "$TMP/orders" "$URL/sse?user=ann&topic=orders&last_event_id=earliest"
hears "$TMP/orders" "data: elsewhere"
check "of each topic its own" "elsewhere " "$(past "$TMP/orders")"
listen "$TMP/again" -H "Last-Event-ID: $seen" "$CHAT"
say three >/dev/null
hears "$TMP/again" "data: three"
hears "$TMP/all" "data: three"
check "resumes across the restart, without a gap" $'id: ID\ndata: three' "$(events "$TMP/again")"
check "ids go on" "$(position "$TMP/all" 2)" \
    "$(printf '%s\n' "$(position "$TMP/all" 2)" "$(position "$TMP/all" 3)" | sort -V | head -n 1)"
check "and are new" 3 "$(sed -n 's/^id: //p' "$TMP/all" | sort -u | wc -l)"
say four >/dev/null

# What was stored before a restart and after it is one history.
restart --window-events 1
listen "$TMP/further" -H "Last-Event-ID: $(sed -n 's/^id: //p' "$TMP/all" | head -n 1)" "$CHAT"
hears "$TMP/further" "data: four"
check "resumes across two restarts, further back than the memory" "two three four " "$(past "$TMP/further")"
check "without a gap" 0 "$(grep -c '^event: gap' "$TMP/further")"
listen "$TMP/strange" -H "Last-Event-ID: #1-0" "$CHAT"
hears "$TMP/strange" "data: four"
check "an id from before the log is told of the gap" 1 "$(grep -c '^event: gap' "$TMP/strange")"

# Killed, it still has what it has acknowledged.
say five >/dev/null
{ kill -KILL "$PID"; wait "$PID"; } 2>/dev/null
start --data "$DATA"
listen "$TMP/killed" "$URL/sse?user=ann&last_event_id=earliest"
hears "$TMP/killed" "data: five"
check "nothing is lost by a kill" "one two three four five " "$(past "$TMP/killed")"

# Retention holds across restarts, too.
restart --keep-events 2
say six >/dev/null
restart
listen "$TMP/kept" "$CHAT&last_event_id=earliest"
hears "$TMP/kept" "data: six"
check "what is no longer kept is gone" "five six " "$(past "$TMP/kept")"

# refused NAME CODE REGEX OPTION…: does not start, and says so in one line.
refused() {
    local name=$1 code=$2 sentence=$3
    shift 3
    in_time "$BIN" --listen 127.0.0.1:0 "$@" >/dev/null 2>"$TMP/err"
    check "$name: exit code" "$code" $?
    matches "$name: sentence" "$sentence" "$(head -n 1 "$TMP/err")"
    check "$name: nothing else" 0 "$(grep -vc -e '^ssehub: ' -e '^Try ' "$TMP/err")"
}
refused "a second server on the file" 1 "^ssehub: $DATA is in use by another process$" --data "$DATA"
check "the first one goes on" '{"succeeded":true,"message":"OK"}' "$(say seven)"
refused "a folder that is not there" 1 "^ssehub: --data=$TMP/none/log: No such file" --data "$TMP/none/log"
refused "a folder for a file" 1 "^ssehub: .*$TMP" --data "$TMP"

kill -TERM "$PID"
check_exit "the server stops" 0 "$PID"
# damaged NAME COMMAND…: a copy of the log that the command has changed is refused and left alone.
damaged() {
    local name=$1 before
    shift
    cp "$DATA" "$TMP/bad"
    "$@" "$TMP/bad" 2>/dev/null
    before=$(cksum <"$TMP/bad")
    refused "$name" 1 "^ssehub: $TMP/bad is damaged or not a log \(.*Restore it from a backup, or move it away" \
        --data "$TMP/bad"
    check "$name: it is left as it was" "$before" "$(cksum <"$TMP/bad")"
}
text() { echo "this is not a log" >"$1"; }
head_cut() { dd if=/dev/zero of="$1" bs=64 count=1 conv=notrunc; }
noise() { yes damage | dd of="$1" bs=4096 seek=1 conv=notrunc iflag=fullblock count=$(($(stat -c %s "$1") / 4096 - 1)); }
damaged "a text" text
damaged "a log without its head" head_cut
damaged "a log whose pages are overwritten" noise
damaged "half a log" truncate -s 8192
start --data "$DATA"
listen "$TMP/whole" "$URL/sse?user=ann&last_event_id=earliest"
hears "$TMP/whole" "data: seven"
check "the log itself is whole" "five six seven " "$(past "$TMP/whole")"

# When a publisher is answered.
for durability in commit interval:50 none; do
    start --data "$TMP/$durability" --durability "$durability"
    check "$durability: is taken" '{"succeeded":true,"message":"OK"}' "$(say hello)"
    kill -TERM "$PID"
    check_exit "$durability: it stops in good order" 0 "$PID"
    start --data "$TMP/$durability" --durability "$durability"
    listen "$TMP/heard.$durability" "$URL/sse?user=ann&last_event_id=earliest"
    hears "$TMP/heard.$durability" "data: hello"
    check "$durability: a stop loses nothing" "hello " "$(past "$TMP/heard.$durability")"
done
for wrong in always interval interval: interval:0 interval:1s; do
    refused "--durability $wrong" 2 "^ssehub: --durability=$wrong: .* expected$" --durability "$wrong"
done

help=$("$BIN" --help)
for option in "data PATH" "durability WHEN" "keep-topic-events NUMBER" "window-events NUMBER" "window-bytes SIZE"; do
    matches "help: --$option" "--$option" "$help"
done
for durability in commit interval:MS none; do
    matches "help: $durability" "$durability +(when|at once)" "$help"
done
start --durability commit
check "without --data it stays in memory" '{"succeeded":true,"message":"OK"}' "$(say hello)"

# A copy that is put back does not have the newest; who has seen that is told so, and gets what the copy has.
kill -TERM "$PID"
wait_until ended "$PID"
DATA=$TMP/kept.log
start --data "$DATA"
say "in the copy" >/dev/null
kill -TERM "$PID"
wait_until ended "$PID"
cp "$DATA" "$TMP/copy.log"
start --data "$DATA"
listen "$TMP/seen" "$URL/sse?user=ann"
say "not in the copy" >/dev/null
hears "$TMP/seen" "data: not in the copy"
kill -TERM "$PID"
wait_until ended "$PID"
cp "$TMP/copy.log" "$DATA"
start --data "$DATA"
listen "$TMP/back" -H "Last-Event-ID: $(last_id "$TMP/seen")" "$URL/sse?user=ann"
hears "$TMP/back" "data: in the copy"
check "after a copy was put back, a gap is told" 1 "$(grep -c '^event: gap' "$TMP/back")"
