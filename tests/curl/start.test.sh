# The command line: help, version, and one sentence for everything that keeps it from starting.
source "$(dirname "$0")/lib.sh"
VERSION=$(sed -n 's/^version = "\(.*\)"/\1/p' "$(dirname "$0")/../../Cargo.toml" | head -n 1)

for flag in --version -V; do
    check "$flag" "ssehub $VERSION" "$("$BIN" $flag)"
done
for flag in --help -h; do
    help=$("$BIN" $flag)
    check "$flag: exit code" 0 $?
    matches "$flag: says what it is" "^Push events from any backend to any browser" "$help"
    for option in listen connections heartbeat static-dir cors-origin drain; do
        matches "$flag: --$option" "--$option " "$help"
    done
done

# fails NAME CODE SENTENCE ARGUMENT…: exits with the code and exactly this on standard error.
fails() {
    local name=$1 code=$2 sentence=$3
    shift 3
    in_time "$BIN" "$@" >"$TMP/out" 2>"$TMP/err"
    check "$name: exit code" "$code" $?
    check "$name: sentence" "$sentence" "$(cat "$TMP/err")"
    check "$name: nothing else" "" "$(cat "$TMP/out")"
}
hint=$'\nTry `ssehub --help`.'
fails "an option" 2 "ssehub: there is no option --frobnicate$hint" --frobnicate
fails "a short option" 2 "ssehub: there is no option -x$hint" -x
fails "a command" 2 "ssehub: there is no command \"serve\"$hint" serve
fails "an address" 2 "ssehub: --listen=example.org: an address reads IP:PORT, localhost:PORT or unix:PATH$hint" --listen example.org
fails "a duration" 2 "ssehub: --idle=soon: a duration such as 500ms, 10s, 5m, 24h or 30d is expected$hint" --idle soon
fails "a level" 2 "ssehub: --log=loud: off, error, warn, info or debug is expected$hint" --log loud
fails "a number" 2 "ssehub: --connections=0: a number from 1 to 10000000 is expected$hint" --connections 0
SSEHUB_IDLE=soon fails "a variable" 2 \
    "ssehub: SSEHUB_IDLE=soon: a duration such as 500ms, 10s, 5m, 24h or 30d is expected$hint"
in_time "$BIN" --idle >/dev/null 2>"$TMP/err"
check "a value that is missing" 2 $?
matches "says so" "^ssehub: .*--idle" "$(cat "$TMP/err")"

fails "no folder" 1 "ssehub: cannot read $TMP/none: No such file or directory (os error 2)" \
    --listen 127.0.0.1:0 --static-dir "$TMP/none"
echo file >"$TMP/file"
fails "a file for a folder" 1 "ssehub: cannot read $TMP/file: Not a directory (os error 20)" \
    --listen 127.0.0.1:0 --static-dir "$TMP/file"
start
# In the words of the C library that it is linked with.
in_use=$(grep -aoE 'Address (already )?in use' "$BIN" | head -n 1)
fails "a port in use" 1 "ssehub: cannot listen on 127.0.0.1:$PORT: ${in_use:-Address already in use} (os error 98): another program listens there" \
    --listen "127.0.0.1:$PORT"
fails "a folder that is not there" 1 "ssehub: cannot listen on unix:$TMP/none/s: No such file or directory (os error 2)" \
    --listen "unix:$TMP/none/s"
(
    ulimit -n 200
    in_time "$BIN" --listen 127.0.0.1:0 --connections 1000 2>"$TMP/err"
)
check "more connections than descriptors" 1 $?
matches "says so" "^ssehub: 1000 connections need more than the 200 file descriptors" "$(cat "$TMP/err")"

SSEHUB_CORS_ORIGIN="https://a.example, https://b.example" start
check "a list in the environment" https://b.example \
    "$(field access-control-allow-origin -H 'Origin: https://b.example' "$URL/healthz")"
matches "the log's lines have a time and a level" \
    '^[0-9-]{10}T[0-9:.]{12}Z INFO  listening on http://127' "$(cat "$LOG")"
