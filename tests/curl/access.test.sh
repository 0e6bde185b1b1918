# Who may do what: by address, by API key, by token, and after SIGHUP.
source "$(dirname "$0")/lib.sh"
umask 077
SECRET=a-secret-of-at-least-thirty-two-bytes
printf %s "$SECRET" >"$TMP/secret"
KEYS=$TMP/keys
made=$("$BIN" key shop --publish 'orders/{id}')
key=${made%%$'\n'*}
echo "${made#*$'\n'}" >"$KEYS"
token() { "$BIN" token --key-file "$TMP/secret" "$@"; }
bearer() { echo "Authorization: Bearer $1"; }
says() { get -o /dev/null -D - "$@" | tr -d '\r' | sed -n 's/^www-authenticate: //Ip'; }

# start_public OPTION…: a server that other machines reach, too.
start_public() { start --listen 0.0.0.0:0 "$@" && URL=${URL%%$'\n'*}; }

start
check "on this machine everyone may publish" 200 "$(status -d x "$URL/events/a")"
check "not through a proxy" 401 "$(status -H 'X-Forwarded-For: 127.0.0.1' -d x "$URL/events/a")"
check "nor ends a topic" 401 "$(status -H 'Via: 1.1 proxy' -X DELETE "$URL/events/a")"
check "nor in HTTP/1.0" 401 "$(status --http1.0 -d x "$URL/events/a")"
matches "nor by another name" '"errorMessage":"this server answers to names of this machine alone' \
    "$(get -H 'Host: evil.example' -d x "$URL/events/a")"
matches "and the log says so" "this machine may publish without a key or token" "$(cat "$LOG")"
leave "$PID"

start --listen "unix:$TMP/hub.sock"
at=(--unix-socket "$TMP/hub.sock" http://localhost/events/a)
check "nobody knows who is at a Unix socket" 401 "$(status -d x "${at[@]}")"
check "but everyone reads there, under any name" 200 "$(status -H 'Host: example.com' "${at[@]}?format=poll&wait=0")"
check "this machine still publishes by TCP" 200 "$(status -d x "$URL/events/a")"
leave "$PID"

start --trusted-proxy 127.0.0.1
matches "with a proxy there are others" "nobody may publish" "$(cat "$LOG")"
check "so that this machine is not told from them" 401 "$(status -d x "$URL/events/a")"
leave "$PID"

start --api-keys "$KEYS"
check "with keys, not even this machine" 401 "$(status -d x "$URL/events/a")"
leave "$PID"

start_public --api-keys "$KEYS" --token-key-file "$TMP/secret"
matches "elsewhere it needs a credential" "publishing needs a token or an API key" "$(cat "$LOG")"
check "nobody publishes without one" 401 "$(status -d x "$URL/events/orders/1")"
check "and is told how" Bearer "$(says -d x "$URL/events/orders/1")"
check "the chat is no way around" 401 "$(status -d '{"message":"x","user":"a"}' "$URL/sse/message")"
check "nor is Mercure" 401 "$(status -d 'topic=a' "$URL/.well-known/mercure")"
check "everyone reads" 200 "$(status "$URL/events/a?format=poll&wait=0")"
check "a key publishes" 200 "$(status -H "$(bearer "$key")" -d x "$URL/events/orders/1")"
check "what it grants" 403 "$(status -H "$(bearer "$key")" -d x "$URL/events/stock")"
check "and says so" 'Bearer error="insufficient_scope", error_description="the credential does not grant this"' \
    "$(says -H "$(bearer "$key")" -d x "$URL/events/stock")"
check "a token publishes" 200 "$(status -H "$(bearer "$(token --publish '*')")" -d x "$URL/events/stock")"
check "one that is over does not" 401 \
    "$(status -H "$(bearer "$(token --publish '*' --expires 1ms)")" -d x "$URL/events/stock")"
check "what is private stays so" 0 "$(get -o /dev/null -H "$(bearer "$key")" -d hidden "$URL/events/orders/2?private=1"
    get "$URL/events?topic=*&format=poll&last_event_id=earliest" | grep -c hidden)"
check "but for who may see it" 1 "$(get -H "$(bearer "$(token --subscribe 'orders/{id}')")" \
    "$URL/events?topic=*&format=poll&last_event_id=earliest" | grep -c hidden)"

: >"$KEYS"
kill -HUP "$PID"
wait_until grep -q "credentials were read again" "$LOG"
check "a key that was taken away" 401 "$(status -H "$(bearer "$key")" -d x "$URL/events/orders/1")"
echo nonsense >"$KEYS"
kill -HUP "$PID"
wait_until grep -q "the API keys stay as they were" "$LOG"
check "a broken file changes nothing" 200 "$(status -H "$(bearer "$(token --publish '*')")" -d x "$URL/events/a")"
check "no secret is in the log" 0 "$(grep -c -e "$SECRET" -e "$key" "$LOG")"
leave "$PID"

start_public --open
matches "whoever opens it is warned" "as --open says" "$(cat "$LOG")"
check "everyone publishes" 200 "$(status -d x "$URL/events/a")"
leave "$PID"

start --anonymous-read no --token-key-file "$TMP/secret"
check "nobody reads without a credential" 401 "$(status "$URL/events/a?format=poll&wait=0")"
check "nor who is there" 401 "$(status "$URL/presence/a")"
check "who has one does" 200 "$(status -H "$(bearer "$(token --subscribe a)")" "$URL/events/a?format=poll&wait=0")"
aside get -N -o "$TMP/short" -H "$(bearer "$(token --subscribe a --expires 2s)")" "$URL/events/a"
check_exit "a stream ends with its token" 0 "$ASIDE"
