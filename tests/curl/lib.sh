# What every test file uses: a server on a free port, clients, and checks that are counted.
# Nothing here waits for a length of time; everything waits for a condition. How long that takes says nothing but how
# busy the machine is, so the bound is far above it; a wait that reaches it says so.
set -u

BIN=$(realpath "${SSEHUB_BIN:-$(dirname "${BASH_SOURCE[0]}")/../../target/release/ssehub}")
TMP=$(mktemp -d)
PIDS=()
PASSED=0 FAILED=0
LONGEST_SECONDS=60
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

# wait_until COMMAND…: whether it succeeds in time.
wait_until() {
    local end=$((SECONDS + LONGEST_SECONDS))
    until "$@"; do
        if ((SECONDS >= end)); then
            echo "waited $LONGEST_SECONDS s for: $*" >&2
            return 1
        fi
        sleep "$POLL_SECONDS"
    done
}

# in_time PROGRAM…: runs it, but not for ever.
in_time() {
    local code
    timeout "$LONGEST_SECONDS" "$@"
    code=$?
    ((code != 124)) || echo "waited $LONGEST_SECONDS s for the end of: $*" >&2
    return "$code"
}

# free_port: one at which nobody listens, and which the system gives to nobody who asks for any: so it stays free
# while a server is away.
free_port() {
    local first port
    first=$(cut -f 1 /proc/sys/net/ipv4/ip_local_port_range)
    for port in $(shuf -i "10000-$((first > 20000 ? first - 1 : 30000))" -n 50); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port" && return; }
    done
}

# start OPTION…: a server on a free port of this machine; sets URL, PORT, PID and LOG.
start() { start_at 0 "$@"; }

# start_at PORT OPTION…: the same at that port.
start_at() {
    LOG=$(mktemp "$TMP/log.XXXX")
    "$BIN" --listen "127.0.0.1:$1" "${@:2}" 2>"$LOG" &
    PID=$!
    PIDS+=("$PID")
    if ! wait_until listens_or_ended || ! listens; then
        check "the server starts with ${*:2}" "listening" "$(cat "$LOG")"
        exit
    fi
    URL=$(sed -nE 's|.*listening on (https?://[^,]*)$|\1|p' "$LOG" | head -n 1)
    PORT=${URL##*:}
}

listens() { grep -qE 'listening on https?://' "$LOG"; }
listens_or_ended() { listens || ended "$PID"; }

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
get() { curl -q -s --noproxy '*' --max-time "$LONGEST_SECONDS" "$@"; }

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
    in_time cat <&3
    exec 3>&-
}

# has_read: the server has read whatever it was sent before. It takes its tasks in turn, so this is so once it has
# answered twice.
has_read() { [[ "$(status "$URL/healthz") $(status "$URL/healthz")" == "200 200" ]]; }

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
