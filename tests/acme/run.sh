#!/usr/bin/env bash
# The real binary gets certificates from a real authority on this machine, keeps them, and renews them.
# SSEHUB_BIN names the binary; target/release/ssehub unless it is set.
SSEHUB_BIN=$(realpath "${SSEHUB_BIN:-$(dirname "$0")/../../target/release/ssehub}")
export SSEHUB_BIN
[[ -x $SSEHUB_BIN ]] || { echo "there is no $SSEHUB_BIN" >&2; exit 2; }
cd "$(dirname "$0")" || exit 2
TOOLS=$PWD/.bin
./install.sh "$TOOLS" || exit 2
source ../curl/lib.sh
cd "$TMP" || exit

# An authority takes its time, and asks again and again.
POLLS=1500

# free_ports N: N different ports that nothing uses now.
free_ports() {
    local port left=$1
    for port in $(shuf -i 20000-30000 -n 100); do
        ((left > 0)) || return
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port" && left=$((left - 1)); }
    done
}
read -r -d '' DIRECTORY_PORT MANAGEMENT_PORT DNS_PORT DNS_MANAGEMENT_PORT HTTPS_PORT < <(free_ports 5)

# The authority's own server, and who vouches for it.
new_key=(-nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1)
openssl req -x509 -days 2 -subj /CN=root "${new_key[@]}" -keyout root.key -out root.pem 2>/dev/null
openssl req -subj /CN=localhost "${new_key[@]}" -keyout authority.key -out authority.csr 2>/dev/null
openssl x509 -req -days 2 -in authority.csr -CA root.pem -CAkey root.key -CAcreateserial -out authority.pem \
    -extfile <(echo subjectAltName=DNS:localhost,IP:127.0.0.1) 2>/dev/null
# authority SECONDS PERCENT: starts one whose certificates are valid for SECONDS, and which rejects PERCENT of the
# nonces. It never takes an authorization of an earlier order for a new one.
authority() {
    cat >authority.json <<END
{"pebble": {"listenAddress": "127.0.0.1:$DIRECTORY_PORT", "managementListenAddress": "127.0.0.1:$MANAGEMENT_PORT",
"certificate": "authority.pem", "privateKey": "authority.key", "httpPort": 1, "tlsPort": $HTTPS_PORT,
"ocspResponderURL": "", "externalAccountBindingRequired": false, "retryAfter": {"authz": 1, "order": 1},
"profiles": {"default": {"description": "of the test", "validityPeriod": $1}}}}
END
    PEBBLE_VA_NOSLEEP=1 PEBBLE_AUTHZREUSE=0 PEBBLE_WFE_NONCEREJECT=$2 \
        "$TOOLS/pebble" -config authority.json -dnsserver "127.0.0.1:$DNS_PORT" >authority.log 2>&1 &
    AUTHORITY=$!
    PIDS+=("$AUTHORITY")
    wait_until grep -q 'ACME directory available' authority.log || check "the authority starts" yes "$(cat authority.log)"
}
"$TOOLS/pebble-challtestsrv" -dnsserver "127.0.0.1:$DNS_PORT" -management "127.0.0.1:$DNS_MANAGEMENT_PORT" \
    -doh "" -http01 "" -https01 "" -tlsalpn01 "" -defaultIPv6 "" >dns.log 2>&1 &
PIDS+=($!)

# serve OPTION…: a server that asks that authority for a certificate.
serve() {
    LOG=$(mktemp "$TMP/log.XXXX")
    "$BIN" --open --listen "127.0.0.1:$HTTPS_PORT" --acme-domain hub.example --acme-domain www.hub.example \
        --acme-contact ops@hub.example --acme-cache cache --ca-file root.pem \
        --acme-directory "https://localhost:$DIRECTORY_PORT/dir" "$@" 2>"$LOG" &
    PID=$!
    PIDS+=("$PID")
}

# by_name NAME ARGUMENT…: curl that trusts the authority, and looks for the name here.
by_name() {
    local name=$1
    shift
    get --cacert roots.pem --connect-to "$name:443:127.0.0.1:$HTTPS_PORT" "$@"
}
is_used() { [[ $(grep -c "$1" "$LOG") -ge ${2:-1} ]]; }
OK='{"status":"ok"}'

authority 7776000 0
get --cacert root.pem "https://localhost:$MANAGEMENT_PORT/roots/0" >roots.pem
matches "there is a root" 'BEGIN CERTIFICATE' "$(head -n 1 roots.pem)"

serve --http-redirect 127.0.0.1:0 --admin-listen 127.0.0.1:0
check "a certificate comes" yes "$(wait_until is_used 'a new certificate is in use' && echo yes || cat "$LOG")"
matches "the authority has asked who this is, from one place or several" '^[2-9]$' "$(grep -c 'the authority of certificates has asked' "$LOG")"
for name in hub.example www.hub.example; do
    check "it is good for $name" "$OK" "$(by_name $name "https://$name/healthz")"
done
check "and for no other" 60 "$(by_name other.example https://other.example/healthz; echo $?)"
TO=$(sed -n 's|.*listening on \(http://.*\), which leads to HTTPS|\1|p' "$LOG")
check "plain HTTP leads to its names" "https://hub.example:$HTTPS_PORT/x" "$(field location -H 'Host: hub.example' "$TO/x")"
check "and to no others" 421 "$(status -H 'Host: other.example' "$TO/x")"
check "nobody else can read what is kept" 700 "$(stat -c %a cache)"
ADMIN=$(sed -n 's/.*metrics and health on //p' "$LOG")
end=$(openssl s_client -connect "127.0.0.1:$HTTPS_PORT" -servername hub.example </dev/null 2>/dev/null |
    openssl x509 -noout -enddate | cut -d= -f2)
check "the metrics tell when it ends" "$(date -d "$end" +%s)" \
    "$(get "$ADMIN/metrics" | sed -n 's/^ssehub_tls_certificate_expiry_timestamp_seconds{name="hub.example"} //p')"
kill -TERM "$PID"
check_exit "it ends" 0 "$PID"

serve
check "the next start uses what was kept" yes "$(wait_until is_used 'the certificate of last time is in use' && echo yes || cat "$LOG")"
check "and that is good" "$OK" "$(by_name hub.example https://hub.example/healthz)"
check "without asking anyone" 0 "$(grep -c 'the authority of certificates has asked' "$LOG")"
kill -TERM "$PID"
check_exit "it ends, too" 0 "$PID"

# Without the authority: what was kept goes on, and without that the log says what is wrong.
kill "$AUTHORITY"
wait_until ended "$AUTHORITY"
serve
check "without the authority what was kept is used" yes "$(wait_until is_used 'the certificate of last time is in use' && echo yes || cat "$LOG")"
check "as good as before" "$OK" "$(by_name hub.example https://hub.example/healthz)"
kill -TERM "$PID"
check_exit "and it ends" 0 "$PID"
rm -rf cache
serve
check "with nothing at all the log says so" yes "$(wait_until is_used 'no certificate yet' && echo yes || cat "$LOG")"
check "and handshakes fail" 35 "$(by_name hub.example https://hub.example/healthz; echo $?)"
kill -TERM "$PID"
check_exit "and it ends again" 0 "$PID"

# Renewal, under an open stream, by an authority that rejects every second nonce: a request is sent again at once,
# and no order is given up. Two thirds of a life of 20 s are soon over. On a busy machine the certificate may expire
# before the next one has come, so that a client tries again.
authority 20 50
get --cacert root.pem "https://localhost:$MANAGEMENT_PORT/roots/0" >roots.pem
serve --log debug
check "a short certificate comes" yes "$(wait_until is_used 'a new certificate is in use' && echo yes || cat "$LOG")"
has_begun() { grep -q '^retry: ' stream || ended "$LISTENER"; }
open_stream() {
    by_name hub.example -N --max-time 300 https://hub.example/events/x >stream &
    LISTENER=$!
    PIDS+=("$LISTENER")
    wait_until has_begun && grep -q '^retry: ' stream
}
check "a stream opens" yes "$(wait_until open_stream && echo yes || cat "$LOG")"
SEEN=$(grep -c 'a new certificate is in use' "$LOG")
check "the certificate is renewed" yes "$(wait_until is_used 'a new certificate is in use' $((SEEN + 1)) && echo yes || cat "$LOG")"
is_published() { by_name hub.example https://hub.example/events/x -d 'still here' | grep -q '"id"'; }
check "the new one is good" yes "$(wait_until is_published && echo yes || cat "$LOG")"
check "a stream from before goes on" yes "$(hears stream 'data: still here' && echo yes)"
kill -HUP "$PID"
check "that it ends soon is told" yes \
    "$(wait_until is_used 'the certificate of hub.example \(expires in less than a day\|has expired\)' && echo yes || cat "$LOG")"
check "nonces were rejected" yes "$(wait_until is_used 'the authority rejects a nonce' && echo yes || cat "$LOG")"
check "and no order was given up" 0 "$(grep -c 'no certificate yet' "$LOG")"
