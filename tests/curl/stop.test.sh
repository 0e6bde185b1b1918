# A graceful stop ends streams and answers requests; a second signal does not wait.
source "$(dirname "$0")/lib.sh"

for signal in TERM INT; do
    start
    listen "$TMP/chunked" --raw "$URL/sse?user=ann"
    chunked=$LISTENER
    listen "$TMP/plain" -0 "$URL/sse?user=ann"
    say "last words" >/dev/null
    kill -"$signal" "$PID"
    check_exit "$signal: exit code" 0 "$PID"
    check_exit "$signal: the stream has ended well" 0 "$chunked"
    check_exit "$signal: so has the one for 1.0" 0 "$LISTENER"
    check "$signal: the last event was sent" 1 "$(grep -c '^data: last words' "$TMP/chunked")"
    check "$signal: then the last chunk" $'0\r\n\r\n.' "$(tail -c 5 "$TMP/chunked"; echo .)"
    matches "$signal: the log" "stopped" "$(tail -n 1 "$LOG")"
    check "$signal: nobody listens" 7 "$(get "$URL/healthz" >/dev/null; echo $?)"
done

# Whoever waits is let go at once, whoever has begun a request may end it.
start
exec 4<>"/dev/tcp/127.0.0.1/$PORT" 5<>"/dev/tcp/127.0.0.1/$PORT"
printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n' >&5
check "the server knows of both" 0 "$(has_read; echo $?)"
kill -TERM "$PID"
check "an idle connection is closed" "" "$(in_time cat <&4)"
check "while the server waits" yes "$(ended "$PID" || echo yes)"
printf '\r\n' >&5
matches "for a request that has begun" "^HTTP/1.1 200 OK.*connection: close" "$(in_time cat <&5 | tr '\r\n' '  ')"
exec 4>&- 5>&-
check_exit "then it ends" 0 "$PID"

start --drain 60s
exec 5<>"/dev/tcp/127.0.0.1/$PORT"
printf 'GET' >&5
check "the server knows of it" 0 "$(has_read; echo $?)"
kill -TERM "$PID"
wait_until grep -q stopping "$LOG"
check "it waits" yes "$(ended "$PID" || echo yes)"
kill -TERM "$PID"
check_exit "a second signal" 1 "$PID"
matches "is noted" "stopped at once by a second signal" "$(tail -n 1 "$LOG")"
exec 5>&-

start --drain 200ms
exec 5<>"/dev/tcp/127.0.0.1/$PORT"
printf 'GET' >&5
check "the server knows of it" 0 "$(has_read; echo $?)"
kill -TERM "$PID"
check_exit "who takes too long is cut" 0 "$PID"
matches "and noted" "1 connections are still open" "$(grep WARN "$LOG")"
exec 5>&-
