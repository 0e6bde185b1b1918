# Settings from a file, `ssehub check` and `ssehub health`.
source "$(dirname "$0")/lib.sh"
EXAMPLE=$(dirname "$0")/../../deploy/ssehub.conf.example

# checked ARGUMENT…: what `ssehub check` says; sets CODE.
checked() {
    SAID=$(in_time "$BIN" check "$@" 2>&1)
    CODE=$?
}

cat >"$TMP/ssehub.conf" <<END
idle = "9s"
cors-origin = ["https://a.example", "https://b.example"]
body-bytes = 10
END
start --config "$TMP/ssehub.conf"
check "a list in a file" https://b.example \
    "$(field access-control-allow-origin -H 'Origin: https://b.example' "$URL/healthz")"
check "a number in a file" 413 "$(status --data-binary 12345678901 "$URL/events/a")"
matches "the log says where they come from" "settings are read from $TMP/ssehub.conf" "$(cat "$LOG")"

"$BIN" health "$URL"
check "health of a server that is well" 0 $?
start --allowed-host example.org
health=$("$BIN" health "$URL" 2>&1)
check "health where the host is not served: exit code" 1 $?
check "health where the host is not served" "ssehub: $URL answers 421" "$health"
health=$("$BIN" health http://127.0.0.1:1 2>&1)
check "health of no server: exit code" 1 $?
matches "health of no server" "^ssehub: cannot read from http://127.0.0.1:1: " "$health"
"$BIN" health nowhere 2>/dev/null
check "health of what is no URL" 2 $?

SSEHUB_CONFIG=$TMP/ssehub.conf SSEHUB_BODY_BYTES=12 start
check "the environment wins over the file" 413 "$(status --data-binary 1234567890123 "$URL/events/a")"
check "and the limit is its own" 200 "$(status --data-binary 12345678901 "$URL/events/a")"
SSEHUB_CONFIG=$TMP/ssehub.conf SSEHUB_BODY_BYTES=12 start --body-bytes 14
check "an argument wins over both" 200 "$(status --data-binary 1234567890123 "$URL/events/a")"

LOCAL="this machine may publish without a key or token, but no request that comes through a proxy"
checked --config "$TMP/ssehub.conf"
check "what is good: exit code" 0 $CODE
check "what is good" "$LOCAL"$'\nthe settings are good' "$SAID"
checked --config "$TMP/ssehub.conf" --durability none
check "what is doubtful: exit code" 0 $CODE
check "what is doubtful" $'warning: --durability does nothing without --data\n'"$LOCAL"$'\nthe settings are good' "$SAID"
checked --listen "127.0.0.1:$PORT"
check "while a server runs" "0 $LOCAL"$'\nthe settings are good' "$CODE $SAID"

cat >"$TMP/wrong.conf" <<END
idle = "soon"
idel = "9s"
threads = "2"
api-keys = "$TMP/none"
END
checked --config "$TMP/wrong.conf" --stall late
check "what is wrong: exit code" 2 $CODE
check "what is wrong, all of it" "error: $TMP/wrong.conf:2: there is no setting \"idel\"
error: $TMP/wrong.conf:3: threads: a number without quotes is expected
error: $TMP/wrong.conf:1: idle=soon: a duration such as 500ms, 10s, 5m, 24h or 30d is expected
error: --stall=late: a duration such as 500ms, 10s, 5m, 24h or 30d is expected
error: cannot read $TMP/none: No such file or directory (os error 2)" "$SAID"
in_time "$BIN" --config "$TMP/wrong.conf" 2>"$TMP/err"
check "a server does not start with it" 2 $?
matches "and says why" "^ssehub: $TMP/wrong.conf:2: there is no setting \"idel\"" "$(cat "$TMP/err")"
in_time "$BIN" --config "$TMP/none" 2>"$TMP/err"
check "nor without the file" 2 $?
checked --frobnicate
check "an option that is none" "2 ssehub: there is no option --frobnicate
Try \`ssehub --help\`." "$CODE $SAID"

# Every default of the example is as it stands there; examples of files and addresses are not this machine's.
sed -n 's/^#\([a-z-]* = .*\)/\1/p' "$EXAMPLE" >"$TMP/example.conf"
grep -vE '^(api-keys|ca-file|.*-key-file|token-key-env|tls-.*|acme-.*|http-redirect|static-dir|data|redis.*) =' "$TMP/example.conf" >"$TMP/here.conf"
checked --config "$TMP/here.conf"
check "the example's settings: exit code" 0 $CODE
matches "the example's settings" "the settings are good$" "$SAID"
