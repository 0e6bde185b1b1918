# What every test file uses: a server on a free port, clients, and checks that are counted.
# Nothing here waits for a length of time; everything waits for a condition, so many polls long.
set -u

BIN=$(realpath "${SSEHUB_BIN:-$(dirname "${BASH_SOURCE[0]}")/../../target/release/ssehub}")
TMP=$(mktemp -d)
PIDS=()
PASSED=0 FAILED=0
POLLS=500
POLL_SECONDS=0.02

# The server reads its settings from the environment, too; none of ours shall reach it.
unset "${!SSEHUB_@}"

finish() {
    exec 2>/dev/null
    for pid in "${PIDS[@]}"; do kill -KILL "$pid"; done
    wait
    rm -rf "$TMP"
    echo "$PASSED passed, $FAILED failed"
    ((FAILED == 0)) || exit 1
}
trap finish EXIT

# check NAME EXPECTED ACTUAL
check() {
    if [[ $2 == "$3" ]]; then
        PASSED=$((PASSED + 1))
        return
    fi
    FAILED=$((FAILED + 1))
    printf 'FAILED %s\n  expected: %q\n  actual:   %q\n' "$1" "$2" "$3"
}

# matches NAME REGEX ACTUAL
matches() {
    if [[ $3 =~ $2 ]]; then check "$1" "$3" "$3"; else check "$1" "$2" "$3"; fi
}

# wait_until COMMAND…: whether it succeeds within so many polls.
wait_until() {
    for ((poll = 0; poll < POLLS; poll++)); do
        "$@" && return
        sleep "$POLL_SECONDS"
    done
    return 1
}

# start OPTION…: a server on a free port of this machine; sets URL, PORT, PID and LOG.
start() {
    LOG=$(mktemp "$TMP/log.XXXX")
    "$BIN" --listen 127.0.0.1:0 "$@" 2>"$LOG" &
    PID=$!
    PIDS+=("$PID")
    if ! wait_until grep -qE 'listening on https?://' "$LOG"; then
        check "the server starts with $*" "listening" "$(cat "$LOG")"
        exit
    fi
    URL=$(sed -nE 's|.*listening on (https?://[^,]*)$|\1|p' "$LOG" | head -n 1)
    PORT=${URL##*:}
}

# ended PID: whether a process that we have started is gone.
ended() { ! kill -0 "$1" 2>/dev/null; }

# aside COMMAND…: runs it beside the test; sets ASIDE.
aside() {
    "$@" &
    ASIDE=$!
    PIDS+=("$ASIDE")
}

# check_exit NAME CODE PID: the exit code of a process that is about to end.
check_exit() {
    if wait_until ended "$3"; then
        wait "$3"
        check "$1" "$2" $?
    else
        check "$1" "$2" "still running"
    fi
}

# get ARGUMENT…: curl as the user's own settings leave it alone; the body.
get() { curl -q -s --noproxy '*' --max-time 10 "$@"; }

# status ARGUMENT…: the status code.
status() { get -o /dev/null -w '%{http_code}' "$@"; }

# field NAME ARGUMENT…: a field of the response.
field() {
    local name=$1
    shift
    get -o /dev/null -D - "$@" | tr -d '\r' | sed -n "s/^$name: //Ip"
}

# raw BYTES: what the server answers to bytes as printf writes them, until it closes.
raw() {
    exec 3<>"/dev/tcp/127.0.0.1/$PORT"
    printf '%b' "$1" >&3
    timeout 10 cat <&3
    exec 3>&-
}

# first_line: of what comes in, without its CR.
first_line() { sed -n '1{s/\r$//;p}'; }

# say MESSAGE [QUERY]: says it as ann; the answer. MESSAGE stands in JSON as it is.
say() { get --data-binary "{\"message\":\"$1\",\"user\":\"ann\"}" "$URL/sse/message${2-}"; }

# listen FILE ARGUMENT…: a subscriber that writes what it gets to a file of its own; sets LISTENER.
listen() {
    local file=$1
    shift
    : >"$file"
    curl -q -s --noproxy '*' --max-time 300 -N "$@" >"$file" &
    LISTENER=$!
    PIDS+=("$LISTENER")
    wait_until grep -q '^retry: ' "$file" || check "a subscriber of $*" "a stream" "$(cat "$file")"
}

# listen_lines FILE ARGUMENT…: the same with a stream of lines, which begins with an empty one.
listen_lines() {
    local file=$1
    shift
    : >"$file"
    curl -q -s --noproxy '*' --max-time 300 -N -H 'Accept: application/x-ndjson' "$@" >"$file" &
    LISTENER=$!
    PIDS+=("$LISTENER")
    wait_until [ -s "$file" ] || check "a subscriber of lines of $*" "a stream" ""
}

# leave PID: a subscriber hangs up, and no longer writes to its file once this is done.
leave() {
    kill "$1"
    wait "$1"
} 2>/dev/null

# hears FILE LINE: whether that line comes.
hears() { wait_until grep -qxF -- "$2" "$1"; }

# events FILE: a stream's events alone, each id as ID, line ends as they are shown.
events() { sed -e '/^:/d' -e '/^retry: /d' -e 's/^id: #[0-9]*-[0-9]*$/id: ID/' "$1"; }

# shown: JSON as it comes in, with each position as #N and each time as T.
shown() { sed -E 's/"#[0-9]+-[0-9]+"/"#N"/g; s/"time":[0-9]+/"time":T/g'; }

# last_id FILE: of the newest event in a stream.
last_id() { sed -n 's/^id: //p' "$1" | tail -n 1; }
