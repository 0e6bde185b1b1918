# `ssehub check` and the start of a server refuse the same settings with the same sentences, and no others.
source "$(dirname "$0")/lib.sh"
cd "$TMP" || exit
openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2 -subj /CN=localhost \
    -keyout key.pem -out cert.pem 2>/dev/null
echo "no log, no key, no socket" >plain
: >empty.redb
"$BIN" key shop --publish '*' >shop.key
mkdir static
AS=()

# started ARGUMENT…: what keeps a server from starting, a sentence a line; nothing if it listens.
started() {
    : >err
    "${AS[@]}" "$BIN" "$@" 2>err &
    local pid=$!
    PIDS+=("$pid")
    listens_or_ended() { grep -q 'listening on' err || ended "$pid"; }
    wait_until listens_or_ended || echo "neither listens nor ends"
    kill "$pid" 2>/dev/null
    wait "$pid"
    grep -q 'listening on' err || sed -n 's/^ssehub: //p' err
}
# agree ARGUMENT…: both say the same; sets SAID.
agree() {
    SAID=$(in_time "${AS[@]}" "$BIN" check "$@" 2>&1 >/dev/null)
    local code=$?
    SAID=$(sed -n 's/^error: //p' <<<"$SAID")
    check "check $*: exit code" "$([[ $SAID ]] && echo 2 || echo 0)" $code
    check "check and start: $*" "$SAID" "$(started "$@")"
}
good() {
    agree "$@"
    check "good: $*" "" "$SAID"
}
bad() {
    local sentence=$1
    shift
    agree "$@"
    matches "bad: $*" "$sentence" "${SAID:-nothing}"
}
HERE_AT=(--listen 127.0.0.1:0)
TLS=(--tls-cert cert.pem --tls-key key.pem)
LONG=$(printf 'x%.0s' {1..200})

good "${HERE_AT[@]}"
good "${HERE_AT[@]}" --drain 5s --drain-spread 5s
good "${HERE_AT[@]}" --cors-origin capacitor://localhost --cors-origin 'https://*.example.org' --cors-origin null
good "${HERE_AT[@]}" "${TLS[@]}" --http-redirect 127.0.0.1:0 --admin-listen 127.0.0.1:0
good --listen unix:new.sock --static-dir static
good "${HERE_AT[@]}" --data empty.redb
good "${HERE_AT[@]}" --data new.redb
good "${HERE_AT[@]}" --data new.redb
"$BIN" check --data unmade.redb --listen unix:unmade.sock >/dev/null
check "a check makes nothing" "" "$(ls unmade* 2>/dev/null)"
tail -n 1 shop.key >keys
good "${HERE_AT[@]}" --api-keys keys

bad '^--redis: .*redis://' --redis 127.0.0.1:6379
bad '^--data and --redis exclude each other' --redis redis://localhost --data new.redb
bad '^--keep-topic-events does not go with --redis' --redis redis://localhost --keep-topic-events 5
bad '^--redis-prefix: ' --redis redis://localhost --redis-prefix 'a{b'
bad '^cannot read none: ' --redis redis://localhost --redis-password-file none
bad '^--drain-spread \(10s\) must not be longer than --drain \(5s\)' --drain 5s --drain-spread 10s
bad '^--drain-spread \(9s\) must not be longer than --drain \(8s\)' --drain-spread 9s
bad '^--tls-cert and --tls-key need each other: 1 of the one, 0 of the other' --tls-cert cert.pem
bad '^a certificate needs an address with a port' "${TLS[@]}" --listen unix:new.sock
bad '^--tls-cert and --acme-domain exclude each other' "${TLS[@]}" --acme-domain a.example --acme-cache cache
bad '^--acme-domain' --acme-domain a.example
bad '^--acme-domain=https://a.example: a name such as' --acme-domain https://a.example --acme-cache cache
bad '^--acme-directory=nowhere: a URL like' --acme-directory nowhere
bad '^--acme-cache=plain/cache: ' --acme-cache plain/cache
bad '^--http-redirect needs a certificate' "${HERE_AT[@]}" --http-redirect 127.0.0.1:0
bad '^--admin-listen=127.0.0.1:39999: this is named twice' --listen 127.0.0.1:39999 --admin-listen 127.0.0.1:39999
bad '^--admin-listen=127.0.0.1:39999: 0.0.0.0:39999 is named, too' --listen 0.0.0.0:39999 --admin-listen 127.0.0.1:39999
bad '^cannot listen on 192.0.2.1:39999: ' --listen 192.0.2.1:39999
bad '^cannot listen on unix:plain: a file that is no socket stands there' --listen unix:plain
bad '^cannot listen on unix:none/s: No such file' --listen unix:none/s
bad '^cannot listen on unix:x*: ' --listen "unix:$LONG"
bad '^plain is damaged or not a log' --data plain
bad '^--data=none/x.redb: No such file' --data none/x.redb
bad '^--data=static: ' --data static
bad '^plain: line 1: a line that `ssehub key` prints is expected' --api-keys plain
bad '^shop.key: line 1: this is a key, which belongs to its user alone' --api-keys shop.key
bad '^cannot read none: ' --token-key-file none
bad '^the environment has no NONE' --token-key-env NONE
bad '^plain: ' --ca-file plain
bad '^cannot read none: ' --static-dir none
bad '^--cors-origin=https://a.example/: an origin as browsers send it' --cors-origin https://a.example/
bad '^--cors-origin=a.example: an origin as browsers send it' --cors-origin a.example
bad '^--socket-mode=8: permissions in octal' --socket-mode 8
bad '^10000000 connections need more' --connections 10000000
bad '^--idle=soon: .*' --idle soon --stall late --static-dir none --drain-spread 9s
check "all that is wrong is said" 4 "$(wc -l <<<"$SAID")"
PORT=http bad '^PORT=http: a port from 1 to 65535 is expected' --idle 5s

# What only a start can find is for another user to find, too.
if ((EUID == 0)); then
    chmod 711 "$TMP"
    install -m 755 "$BIN" /tmp/ssehub-check.$$ && BIN=/tmp/ssehub-check.$$
    trap 'rm -f "$BIN"; finish' EXIT
    mkdir -m 755 roots
    AS=(setpriv --reuid nobody --regid nogroup --clear-groups)
    bad '^--data=roots/new.redb: Permission denied' --data roots/new.redb
    bad '^cannot listen on unix:roots/new.sock: Permission denied' --listen unix:roots/new.sock
fi
