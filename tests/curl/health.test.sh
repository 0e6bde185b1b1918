# `ssehub health` asks the server with its own settings, by whatever way that is to be asked.
source "$(dirname "$0")/lib.sh"
cd "$TMP" || exit
openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2 -subj /CN=hub.example \
    -addext subjectAltName=DNS:hub.example -keyout key.pem -out cert.pem 2>/dev/null

# well NAME VARIABLE=VALUE…: a server with these settings is well, and not when it has ended.
well() {
    local name=$1 said
    shift
    LOG=$(mktemp "$TMP/log.XXXX")
    env "$@" "$BIN" 2>"$LOG" &
    PID=$!
    PIDS+=("$PID")
    wait_until grep -q 'listening on' "$LOG" || check "it starts: $name" listening "$(cat "$LOG")"
    said=$(in_time env "$@" "$BIN" health 2>&1)
    check "$name" "0 " "$? $said"
    kill "$PID"
    check_exit "it ends: $name" 0 "$PID"
    said=$(in_time env "$@" "$BIN" health 2>&1)
    check "$name, when it has ended" 1 $?
    matches "$name, and says so" '^ssehub: cannot read from ' "$said"
}
# Ports that were free just now.
start
kill "$PID"
check_exit "it ends" 0 "$PID"
HERE_AT=SSEHUB_LISTEN=127.0.0.1:$PORT
HTTPS=(SSEHUB_TLS_CERT=cert.pem SSEHUB_TLS_KEY=key.pem)
well "by its address" "$HERE_AT"
well "everywhere" "SSEHUB_LISTEN=0.0.0.0:$PORT"
well "at the platform's port" "PORT=$PORT"
well "by a name that it answers to" "$HERE_AT" SSEHUB_ALLOWED_HOST=hub.example
well "by a name below that" "$HERE_AT" 'SSEHUB_ALLOWED_HOST=*.hub.example'
well "by HTTPS" "$HERE_AT" "${HTTPS[@]}"
well "by HTTPS and a name" "$HERE_AT" "${HTTPS[@]}" SSEHUB_ALLOWED_HOST=hub.example
well "by a Unix socket" SSEHUB_LISTEN=unix:hub.sock
well "by a Unix socket and a name" SSEHUB_LISTEN=unix:hub.sock SSEHUB_ALLOWED_HOST=hub.example
well "where nobody may read" "$HERE_AT" SSEHUB_ANONYMOUS_READ=no

# From a file, and by a URL.
printf 'listen = "unix:%s/hub.sock"\nallowed-host = "hub.example"\n' "$TMP" >hub.conf
start --listen "unix:hub.sock" --allowed-host hub.example
"$BIN" health --config hub.conf
check "by the settings in a file" 0 $?
SSEHUB_CONFIG=hub.conf "$BIN" health
check "which the environment names" 0 $?
start --listen "unix:other.sock"
"$BIN" health unix:other.sock
check "by a URL of a socket" 0 $?
said=$(SSEHUB_LISTEN=nowhere "$BIN" health 2>&1)
check "settings with which no server starts" 2 $?
matches "are named" '^ssehub: health: SSEHUB_LISTEN=nowhere: an address reads' "$said"
