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

# A proxy is another user, and connects whatever the umask of the server is.
chmod 711 "$TMP"
as_nobody() { setpriv --reuid nobody --regid nogroup --clear-groups curl -q -s --max-time "$LONGEST_SECONDS" "$@"; }
restart() {
    kill -TERM "$PID"
    check_exit "it ends" 0 "$PID"
    start --listen "unix:$SOCKET" "$@"
}
for mask in 022 077; do
    umask "$mask"
    restart
    umask 022
    check "everyone may connect, with the umask $mask" 666 "$(stat -c %a "$SOCKET")"
    ((EUID)) || check "another user does, with the umask $mask" '{"status":"ok"}' "$(as_nobody "${at[@]}/healthz")"
done
restart --socket-mode 0660
check "a mode of one's own" 660 "$(stat -c %a "$SOCKET")"
if ((EUID == 0)); then
    as_nobody "${at[@]}/healthz"
    check "keeps others out" 7 $?
    mkdir -m 2750 "$TMP/shared"
    chgrp nogroup "$TMP/shared" && chmod g+s "$TMP/shared"
    first=$PID
    SSEHUB_SOCKET_MODE=660 start --listen "unix:$TMP/shared/hub.sock"
    check "but not the group of the folder" '{"status":"ok"}' \
        "$(as_nobody --unix-socket "$TMP/shared/hub.sock" http://hub/healthz)"
    PID=$first
fi
for mode in 0 0999 77777 rw- 0066; do
    in_time "$BIN" --socket-mode "$mode" 2>/dev/null
    check "no mode: $mode" 2 $?
done

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
