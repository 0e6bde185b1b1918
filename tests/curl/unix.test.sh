# A Unix socket beside or in place of TCP, and its file.
source "$(dirname "$0")/lib.sh"
SOCKET=$TMP/hub.sock
start --listen "unix:$SOCKET"
at=(--unix-socket "$SOCKET" http://hub)

check "it answers" '{"status":"ok"}' "$(get "${at[@]}/healthz")"
listen "$TMP/ann" "${at[@]}/sse?user=ann"
say "by TCP" >/dev/null
hears "$TMP/ann" "data: by TCP"
check "and streams" "data: by TCP" "$(grep '^data' "$TMP/ann")"
matches "the log names it" "listening on unix:$SOCKET" "$(cat "$LOG")"

aside "$BIN" --listen "unix:$SOCKET" 2>"$TMP/second"
check_exit "a socket in use" 1 "$ASIDE"
matches "says so" "^ssehub: cannot listen on unix:$SOCKET: " "$(cat "$TMP/second")"
check "and leaves it alone" '{"status":"ok"}' "$(get "${at[@]}/healthz")"

disown "$PID" # Whose end bash would otherwise report.
kill -KILL "$PID"
wait_until ended "$PID"
check "a killed server leaves its file" yes "$([[ -S $SOCKET ]] && echo yes)"
start --listen "unix:$SOCKET"
check "the next one takes it over" '{"status":"ok"}' "$(get "${at[@]}/healthz")"
kill -TERM "$PID"
check_exit "it ends" 0 "$PID"
check "and removes its file" no "$([[ -e $SOCKET ]] || echo no)"

echo "mine" >"$TMP/file"
aside "$BIN" --listen "unix:$TMP/file" 2>/dev/null
check_exit "a file that is no socket" 1 "$ASIDE"
check "is left alone" mine "$([[ -f $TMP/file ]] && cat "$TMP/file")"
