# Keys of tokens from a URL: fetched, rotated, and what happens when they cannot be had.
source "$(dirname "$0")/lib.sh"
umask 077
FOLDER=$TMP/issuer
mkdir "$FOLDER"

# key NAME: a key to sign with, and what of it goes into a set.
key() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$TMP/$1.pem" 2>/dev/null
    local point encode=(openssl base64 -A)
    point=$TMP/$1.point
    openssl pkey -in "$TMP/$1.pem" -pubout -outform DER | tail -c 64 >"$point"
    printf '{"kty":"EC","crv":"P-256","kid":"%s","x":"%s","y":"%s"}' "$1" \
        "$(head -c 32 "$point" | "${encode[@]}" | tr '+/' '-_' | tr -d =)" \
        "$(tail -c 32 "$point" | "${encode[@]}" | tr '+/' '-_' | tr -d =)" >"$TMP/$1.jwk"
}

# publish_keys NAME…: what the issuer has from now on.
publish_keys() {
    local keys=()
    for name in "$@"; do keys+=("$(cat "$TMP/$name.jwk")"); done
    (IFS=,; echo "{\"keys\":[${keys[*]}]}") >"$FOLDER/new"
    mv "$FOLDER/new" "$FOLDER/jwks.json"
}

ISSUER_PORT=$(free_port)
# serve: the issuer, by http; sets ISSUER.
serve() {
    (cd "$FOLDER" && exec python3 -u -m http.server --bind 127.0.0.1 "$ISSUER_PORT" >"$TMP/issuer.log" 2>&1) &
    ISSUER_PID=$!
    PIDS+=("$ISSUER_PID")
    wait_until grep -q 'port [1-9]' "$TMP/issuer.log"
    ISSUER=http://127.0.0.1:$ISSUER_PORT
}

bearer() { echo "Authorization: Bearer $("$BIN" token --key-file "$TMP/$1.pem" --alg ES256 --kid "$1" --publish '*' --subscribe '*')"; }
publish() { status -H "$(bearer "$1")" -d x "$URL/events/a"; }
publishes() { [[ $(publish "$1") == "$2" ]]; }
asks() { grep -c 'GET /jwks.json' "$TMP/issuer.log"; }

key first
key second
key third
publish_keys first
serve

start --token-jwks-url "$ISSUER/jwks.json"
wait_until grep -q "1 keys of tokens are from $ISSUER/jwks.json" "$LOG"
check "a token of the issuer is taken" 200 "$(publish first)"
check "one without a token is not" 401 "$(status -d x "$URL/events/a")"
check "one of somebody else is not" 401 "$(publish second)"

publish_keys first second
check "a new key is fetched when it is named" 0 "$(wait_until publishes second 200; echo $?)"
check "the old one is still good" 200 "$(publish first)"

publish_keys second
kill -HUP "$PID"
check "SIGHUP has keys fetched" 0 "$(wait_until publishes first 401; echo $?)"
check "those that are left are good" 200 "$(publish second)"

echo nonsense >"$FOLDER/jwks.json"
begun=$SECONDS
kill -HUP "$PID"
wait_until grep -q "the keys from $ISSUER/jwks.json stay as they were: this is no JWK Set" "$LOG"
check "nonsense changes nothing" 200 "$(publish second)"
before=$(asks)
for _ in {1..20}; do publish third >/dev/null; done
# Every five seconds it may; on a busy machine they pass.
asked=$(($(asks) - before))
check "strangers do not make it ask at once" yes "$( ((asked <= (SECONDS - begun + 1) / 5)) && echo yes || echo "$asked times")"
leave "$PID"

publish_keys first
kill "$ISSUER_PID"
wait_until ended "$ISSUER_PID"
start --publisher-jwks-url "$ISSUER/jwks.json"
wait_until grep -q "tokens are refused for lack of keys from $ISSUER/jwks.json" "$LOG"
check "the server starts without the issuer" 200 "$(status "$URL/healthz")"
check "and refuses its tokens" 401 "$(publish first)"
serve
check "until the issuer is there" 0 "$(wait_until publishes first 200; echo $?)"
check "those who publish do not read what is private" 0 "$(get -o /dev/null -H "$(bearer first)" -d hidden "$URL/events/b?private=1"
    get -H "$(bearer first)" "$URL/events?topic=*&format=poll&last_event_id=earliest" | grep -c hidden)"
leave "$PID"

# A certificate for this machine that nobody vouches for but itself.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=issuer \
    -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE \
    -keyout "$TMP/tls.key" -out "$TMP/tls.pem" 2>/dev/null
cat >"$TMP/secret.py" <<'PYTHON'
import functools, http.server, ssl, sys
folder, pem, key = sys.argv[1:]
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(pem, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
print("port", server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 "$TMP/secret.py" "$FOLDER" "$TMP/tls.pem" "$TMP/tls.key" >"$TMP/secret.log" 2>&1 &
PIDS+=("$!")
wait_until grep -q 'port [1-9]' "$TMP/secret.log"
SECURE=https://127.0.0.1:$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$TMP/secret.log")

start --token-jwks-url "$SECURE/jwks.json"
wait_until grep -q "tokens are refused for lack of keys from $SECURE/jwks.json" "$LOG"
check "a server that nobody vouches for is not believed" 401 "$(publish first)"
leave "$PID"

start --token-jwks-url "$SECURE/jwks.json" --ca-file "$TMP/tls.pem"
check "who is named in --ca-file is" 0 "$(wait_until publishes first 200; echo $?)"
leave "$PID"

SSL_CERT_FILE=$TMP/tls.pem SSL_CERT_DIR='' start --token-jwks-url "$SECURE/jwks.json"
check "and so is whom the system trusts" 0 "$(wait_until publishes first 200; echo $?)"
leave "$PID"

check "a file of certificates must be one" 1 "$("$BIN" --listen 127.0.0.1:0 --token-jwks-url "$SECURE/a" --ca-file "$TMP/first.pem" 2>"$TMP/said"; echo $?)"
matches "and that is said" "first.pem: there is no certificate in PEM" "$(cat "$TMP/said")"
check "http is for this machine" 2 "$("$BIN" --token-jwks-url http://example.com/ 2>/dev/null; echo $?)"
check "a key fetched all the time is refused" 2 "$("$BIN" --jwks-refresh 1s 2>/dev/null; echo $?)"
