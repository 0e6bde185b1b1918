# `ssehub log`: a log listed, exported, imported and followed from the command line.
source "$(dirname "$0")/lib.sh"

# lines COMMAND…: what `ssehub log COMMAND…` writes; its errors go to a file of their own.
lines() { in_time "$BIN" log "$@" 2>"$TMP/err"; }

# fails NAME CODE SENTENCE COMMAND…: with the code, exactly this on standard error, and no output.
fails() {
    local name=$1 code=$2 sentence=$3
    shift 3
    lines "$@" >"$TMP/out" </dev/null
    check "$name: exit code" "$code" $?
    check "$name: sentence" "$sentence" "$(cat "$TMP/err")"
    check "$name: no output" "" "$(cat "$TMP/out")"
}

# same_as FILE: exported lines without what a log gives an event by itself.
same_as() { sed -E 's/"id":"#[0-9]+-[0-9]+"/"id":"ID"/;s/"time":[0-9]+/"time":0/' "$1"; }

# stop_server: and wait until it has let go of its file.
stop_server() {
    kill -TERM "$PID"
    check_exit "the server stops" 0 "$PID"
}

# follow FILE ARGUMENT…: a follower that writes what it gets to a file; sets FOLLOWER.
follow() {
    local file=$1
    shift
    : >"$file"
    "$BIN" log follow "$@" >"$file" 2>"$file.err" &
    FOLLOWER=$!
    PIDS+=("$FOLLOWER")
}

# said FILE: the data of its events, one after the other.
said() { sed -n 's/.*"data":"\([^"]*\)".*/\1/p' "$1" | tr '\n' ' '; }

# has_said NAME FILE DATA: waits for these events, and no others, in a file.
has_said() {
    wait_until is_said "$2" "$3"
    check "$1" "$3" "$(said "$2")"
}
is_said() { [[ $(said "$1") == "$2" ]]; }

# What is asked for.
matches "--help names it" "ssehub log COMMAND" "$("$BIN" --help)"
for help in "--help" "-h" "list --help" "export -h" "import --help" "follow --help"; do
    # shellcheck disable=SC2086
    matches "log $help" "Usage: ssehub log list" "$(lines $help)"
done
hint=$'\nTry `ssehub --help`.'
fails "no command" 2 "ssehub: log list, log export, log import or log follow is expected$hint"
fails "a command that is not there" 2 "ssehub: there is no command \"log tail\"$hint" tail
fails "no file" 2 "ssehub: log list: --data PATH is expected, the log's file$hint" list
fails "a wrong URL" 2 \
    "ssehub: log follow: example.org: a server's URL reads http://HOST:PORT or https://HOST:PORT, or unix:PATH$hint" \
    follow example.org

# A log that is not there is not made by looking for it.
: >"$TMP/empty"
for command in list export; do
    fails "$command: no log" 1 "ssehub: there is no log at $TMP/none" $command --data "$TMP/none"
    check "$command: still no log" no "$([[ -e $TMP/none ]] || echo no)"
    fails "$command: an empty file" 1 "ssehub: there is no log at $TMP/empty: the file is empty" \
        $command --data "$TMP/empty"
    check "$command: it is left alone" 0 "$(wc -c <"$TMP/empty")"
done

# A server's log: nobody else opens it while the server runs.
A="$TMP/a.log"
start --data "$A"
say 'one \"1\"\r\ntwo' >/dev/null
say 'ä€\u0007' '?topic=orders/42' >/dev/null
say three >/dev/null
for command in list export import; do
    fails "$command: in use" 1 \
        "ssehub: $A is in use by another process; if that is a running server, \`ssehub log follow\` reads from it" \
        $command --data "$A"
done
stop_server
list=$(lines list --data "$A")
matches "list: events" $'^events  3\n' "$list"
matches "list: size" $'\nsize    [0-9.]+ [KM]iB\n' "$list"
matches "list: oldest" $'\noldest  #[0-9]+-[0-9]+  20[0-9-]{8}T[0-9:.]{12}Z\n' "$list"
matches "list: newest" $'\nnewest  #[0-9]+-[0-9]+  20[0-9-]{8}T[0-9:.]{12}Z\n' "$list"
matches "list: topics" $'\ntopics  2\n           2  chat\n           1  orders/42$' "$list"
check "list: the environment names the file, too" "$(grep -v '^size' <<<"$list")" \
    "$(SSEHUB_DATA=$A lines list | grep -v '^size')"
lines export --data "$A" >"$TMP/a.lines"
check "export" '{"id":"ID","topic":"chat","data":"one \"1\"\r\ntwo","user":"ann","time":0}
{"id":"ID","topic":"orders/42","data":"ä€\u0007","user":"ann","time":0}
{"id":"ID","topic":"chat","data":"three","user":"ann","time":0}' "$(same_as "$TMP/a.lines")"

# What was exported and imported is the same, many pages and commits long.
B="$TMP/b.log" C="$TMP/c.log"
for ((i = 1; i <= 5000; i++)); do
    echo "{\"id\":\"own-$i\",\"topic\":\"topic $((i % 60))\",\"type\":\"kind\",\"data\":\"line\\n$i\",\"user\":\"bob\",\"time\":0,\"retry\":$i}"
done >"$TMP/many.lines"
cat "$TMP/many.lines" "$TMP/a.lines" >"$TMP/in.lines"
check "import" "imported 5003, repeated 0" "$(lines import --data "$B" <"$TMP/in.lines")"
lines export --data "$B" >"$TMP/b.lines"
cmp <(same_as "$TMP/in.lines") <(same_as "$TMP/b.lines")
check "the same events in the same order" 0 $?
check "the positions are new" 0 "$(grep -cxF -f "$TMP/a.lines" "$TMP/b.lines")"
check "import of an export" "imported 5003, repeated 0" "$(lines import --data "$C" <"$TMP/b.lines")"
cmp <(same_as "$TMP/b.lines") <(lines export --data "$C" | same_as -)
check "and once more" 0 $?
check "events with ids are known" "imported 3, repeated 5000" "$(lines import --data "$B" <"$TMP/in.lines")"
matches "list: the largest topics" $'\ntopics  62\n          84  topic 1\n          84  topic 10\n' "$(lines list --data "$C")"
check "list: and how many more" "         833  in 12 more topics" "$(lines list --data "$C" | tail -n 1)"
check "list: no more than these" 56 "$(lines list --data "$C" | wc -l)"

# Parts of it.
check "export: two topics" "$(same_as "$TMP/in.lines" | grep -E '"topic":"(topic 7|chat)"')" \
    "$(lines export --data "$C" --topic "topic 7" --topic chat | same_as -)"
check "export: after a publisher's id" "$(tail -n 4 "$TMP/in.lines" | same_as -)" \
    "$(lines export --data "$C" --after own-4999 | same_as -)"
position=$(tail -n 2 "$TMP/b.lines" | sed -n '1s/.*"id":"\([^"]*\)".*/\1/p')
check "export: after a position" "$(tail -n 1 "$TMP/b.lines")" \
    "$(lines export --data "$B" --after "$position" | head -n 1)"
lines export --data "$C" --after nobody >"$TMP/out"
check "export: after an unknown id" 1 $?
matches "says so" "^ssehub: the log does not know that id" "$(cat "$TMP/err")"
lines export --data "$C" | head -n 1 >"$TMP/out"
check "export: nobody reads on" "0 0" "${PIPESTATUS[*]}"
check "export: which is no error" "" "$(cat "$TMP/err")"
check "export: the first line" "$(head -n 1 "$TMP/in.lines" | same_as -)" "$(same_as "$TMP/out")"

# The first wrong line ends an import.
# wrong NAME WHAT LINE: the third line, behind an empty one.
wrong() {
    local log
    log=$(mktemp -u "$TMP/wrong.XXXX")
    printf '%s\n' '{"topic":"t","data":"before"}' "" "$3" '{"topic":"t","data":"behind"}' |
        lines import --data "$log" >"$TMP/out"
    check "$1: exit code" 1 $?
    check "$1: sentence" "ssehub: line 3: $2; imported 1, repeated 0" "$(cat "$TMP/err")"
    check "$1: what is stored" before "$(lines export --data "$log" | sed 's/.*"data":"\([^"]*\)".*/\1/')"
}
wrong "no JSON" "this is no JSON object" 'hello'
wrong "an array" "this is no JSON object" '["t","data"]'
wrong "half a line" "EOF while parsing a string (column 21)" '{"topic":"t","data":'"\""
wrong "no data" "missing field \`data\` (column 13)" '{"topic":"t"}'
wrong "no topic" "a topic must not be empty" '{"topic":"","data":"x"}'
wrong "no position" \
    "an id has 1 to 255 bytes and no control characters, does not start with #, has no space at either end, and is not \`earliest\`" \
    '{"topic":"t","data":"x","id":"#1"}'
wrong "a type of two lines" "a type has 1 to 255 bytes and no control characters" \
    '{"topic":"t","data":"x","type":"a\nb"}'
wrong "no UTF-8" "invalid unicode code point (column 23)" $'{"topic":"t","data":"x\xff"}'
printf '{"topic":"t","data":"x"}\r\n{"topic":"t","data":"y"}' >"$TMP/ends.lines"
check "CRLF, and no end at the end" "imported 2, repeated 0" \
    "$(lines import --data "$TMP/ends.log" <"$TMP/ends.lines")"

# A hub that is closed asks for a key, which comes from a file or the environment.
"$BIN" key reader --subscribe '*' >"$TMP/reader.key"
tail -n 1 "$TMP/reader.key" >"$TMP/keys"
start --api-keys "$TMP/keys" --anonymous-read no
fails "a hub that is closed" 1 \
    "ssehub: $URL answers 401: a credential is needed, to read chat; name a file that holds one with --key-file" \
    follow "$URL"
echo wrong >"$TMP/wrong.key"
fails "another key" 1 "ssehub: $URL answers 400: the credential is too short" follow "$URL" --key-file "$TMP/wrong.key"
follow "$TMP/closed" "$URL" --after earliest --topic x --key-file "$TMP/reader.key"
SSEHUB_KEY=$(head -n 1 "$TMP/reader.key") follow "$TMP/closed.too" "$URL" --after earliest --topic x
"$BIN" key writer --publish '*' >"$TMP/writer.key"
tail -n 1 "$TMP/writer.key" >>"$TMP/keys"
kill -HUP "$PID"
published() { [[ $(status "$URL/events/x" -d secret -H "Authorization: Bearer $(head -n 1 "$TMP/writer.key")") == 200 ]]; }
check "a key to publish" yes "$(wait_until published && echo yes)"
has_said "follow with a key from a file" "$TMP/closed" "secret "
has_said "follow with a key from the environment" "$TMP/closed.too" "secret "

# To follow is to read from a running server, across its restarts.
D="$TMP/d.log"
start_at "$(free_port)" --data "$D" --retry 100ms
follow "$TMP/all" "$URL" --after earliest
follow "$TMP/localhost" "http://localhost:$PORT/" --after earliest
follow "$TMP/orders" "$URL" --after earliest --topic "orders & more"
say one >/dev/null
say paid '?topic=orders+%26+more' >/dev/null
say two >/dev/null
has_said "follow" "$TMP/all" "one two "
has_said "follow localhost" "$TMP/localhost" "one two "
has_said "follow another topic" "$TMP/orders" "paid "
matches "a line" '^\{"id":"#[0-9]+-[0-9]+","topic":"chat","data":"one","user":"ann","time":[0-9]+\}$' \
    "$(head -n 1 "$TMP/all")"
follow "$TMP/after" "$URL" --after "$(sed -n '1s/.*"id":"\([^"]*\)".*/\1/p' "$TMP/all")"
has_said "follow after an id" "$TMP/after" "two "
follow "$TMP/new" "$URL"
until_new() { say new >/dev/null && grep -q new "$TMP/new"; }
wait_until until_new
check "without an id only what is new" 0 "$(grep -c '"one"\|"two"' "$TMP/new")"
kill "$FOLLOWER"
follow "$TMP/gap" "$URL" --after '#1-0'
wait_until grep -q '"two"' "$TMP/gap"
matches "a gap is told" "^ssehub: events after #1-0 may be missing; going on after #[0-9]+-[0-9]+$" \
    "$(cat "$TMP/gap.err")"
matches "and is no event" '"data":"one"' "$(head -n 1 "$TMP/gap")"
{
    in_time "$BIN" log follow "$URL" --after earliest 2>"$TMP/err"
    echo $? >"$TMP/code"
} | head -n 1 >"$TMP/out" &
until_ended() { say new >/dev/null && [[ -s $TMP/code ]]; }
wait_until until_ended
check "nobody reads on" 0 "$(cat "$TMP/code")"
check "which is no error" "" "$(cat "$TMP/err")"

stop_server
wait_until grep -q "connecting again" "$TMP/orders.err"
check "the end is told" "ssehub: $URL has ended the stream; connecting again" "$(cat "$TMP/orders.err")"
start_at "$PORT" --data "$D" --retry 100ms
say again '?topic=orders+%26+more' >/dev/null
has_said "a restart: nothing missed, nothing repeated" "$TMP/orders" "paid again "
check "which is told, too" "ssehub: connected to $URL again" "$(tail -n 1 "$TMP/orders.err")"
{ kill -KILL "$PID" && wait "$PID"; } 2>/dev/null
start_at "$PORT" --data "$D" --retry 100ms
say "at last" '?topic=orders+%26+more' >/dev/null
has_said "a kill: nothing missed, nothing repeated" "$TMP/orders" "paid again at last "

# Servers that are none.
stop_server
lines follow "$URL" >"$TMP/out"
check "nobody there" 1 $?
check "says so" "ssehub: cannot read from $URL: Connection refused (os error 111)" "$(cat "$TMP/err")"
