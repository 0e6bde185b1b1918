# The binaries for other machines, run by qemu: the page, events that last and reach a subscriber by HTTPS, tokens.
# Where a binary or a machine cannot be had, that is said, and nothing of it is tested.
source "$(dirname "$0")/lib.sh"

new_key=(-nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1)
openssl req -x509 -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 "${new_key[@]}" \
    -keyout "$TMP/key.pem" -out "$TMP/cert.pem" 2>/dev/null
echo 'a secret of thirty-two bytes, or more' >"$TMP/secret"
trusting=(--cacert "$TMP/cert.pem")

# try ARCHITECTURE QEMU MACHINE: MACHINE is what the binary says it is for.
try() {
    # That is this machine, whose own binary the other tests have.
    [[ $2 == "qemu-$(uname -m)-static" ]] && return
    if ! command -v "$2" >/dev/null; then
        echo "skipped $1: there is no $2 here"
        return
    fi
    "$DEPLOY/dist.sh" "$1" >"$TMP/built" 2>&1
    local built=$?
    if grep -qE 'is NOT built|there is no C compiler' "$TMP/built"; then
        echo "skipped $1: $(tail -n 2 "$TMP/built" | head -n 1)"
        return
    fi
    check "$1: it is built" 0 "$built"
    ((built == 0)) || { cat "$TMP/built"; return; }
    local file
    file=$(realpath "$HERE/../../dist/ssehub-$1")
    matches "$1: it is for that machine" "Machine: +$3" "$(readelf -h "$file" | grep Machine)"
    printf '#!/bin/sh\nexec %s %s "$@"\n' "$2" "$file" >"$TMP/$1"
    chmod +x "$TMP/$1"
    BIN=$TMP/$1

    matches "$1: its version" '^ssehub [0-9.]+$' "$("$BIN" --version)"
    start --data "$TMP/$1.redb" --tls-cert "$TMP/cert.pem" --tls-key "$TMP/key.pem" --token-key-file "$TMP/secret"
    check "$1: the page" 200 "$(status "${trusting[@]}" "$URL/")"
    listen "$TMP/$1.stream" "${trusting[@]}" "$URL/events/lamps"
    check "$1: nobody publishes without a token" 401 "$(status "${trusting[@]}" -d no "$URL/events/lamps")"
    local token
    token=$("$BIN" token --key-file "$TMP/secret" --publish lamps)
    check "$1: with one" 200 "$(status "${trusting[@]}" -H "Authorization: Bearer $token" -d '12 left' "$URL/events/lamps")"
    check "$1: a subscriber hears it" yes "$(hears "$TMP/$1.stream" 'data: 12 left' && echo yes)"
    kill -TERM "$PID"
    check_exit "$1: it ends" 0 "$PID"
    check "$1: its log is in the file" '"data":"12 left"' \
        "$("$BIN" log export --data "$TMP/$1.redb" | grep -o '"data":"[^"]*"')"
}

try arm64 qemu-aarch64-static AArch64
try armv7 qemu-arm-static ARM
