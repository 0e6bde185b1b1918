# HTTPS: certificates, their renewal, those who do not speak it, and the way there from plain HTTP.
source "$(dirname "$0")/lib.sh"
cd "$TMP" || exit

# certificate NAME SUBJECT-ALTERNATIVE-NAMES KEY-OPTION…: NAME.pem and NAME.key, signed by itself.
certificate() {
    local name=$1 names=$2
    shift 2
    openssl req -x509 -nodes -days 200 -subj "/CN=$name" -addext "subjectAltName=$names" \
        -newkey "$@" -keyout "$name.key" -out "$name.pem" 2>/dev/null
}
EC=(ec -pkeyopt ec_paramgen_curve:prime256v1)
LOCAL=DNS:localhost,IP:127.0.0.1
certificate first $LOCAL "${EC[@]}"
certificate second $LOCAL "${EC[@]}"
certificate other DNS:hub.example "${EC[@]}"
certificate rsa $LOCAL rsa:2048

# secure PEM ARGUMENT…: curl that trusts this certificate alone.
secure() {
    local pem=$1
    shift
    get --cacert "$pem" "$@"
}

# serve PEM KEY OPTION…: a server with copies of these that a test may replace.
serve() {
    cp "$1" served.pem && cp "$2" served.key
    shift 2
    start --tls-cert served.pem --tls-key served.key "$@"
}

OK='{"status":"ok"}'

# Keys as tools write them: PKCS#8, SEC1, PKCS#1.
openssl ec -in first.key -out sec1.key 2>/dev/null
openssl rsa -in rsa.key -traditional -out pkcs1.key 2>/dev/null
for pair in first:first.key first:sec1.key rsa:rsa.key rsa:pkcs1.key; do
    serve "${pair%:*}.pem" "${pair#*:}"
    check "$pair" "$OK" "$(secure "${pair%:*}.pem" "$URL/healthz")"
    kill -TERM "$PID"
    check_exit "$pair: it ends" 0 "$PID"
done

serve first.pem first.key --listen "unix:$TMP/socket" --http-redirect 127.0.0.1:0
matches "it says that it speaks HTTPS" '^https://127' "$URL"
for version in 1.2 1.3; do
    check "TLS $version" "$OK" "$(secure first.pem --tlsv$version --tls-max $version "$URL/healthz")"
done
check "TLS 1.1 is not spoken" 35 "$(secure first.pem --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 "$URL/healthz"; echo $?)"
check "inside is HTTP/1.1, also for who would rather speak HTTP/2" 1.1 \
    "$(secure first.pem --http2 -o /dev/null -w '%{http_version}' "$URL/healthz")"
check "the Unix socket does without" "$OK" "$(get --unix-socket socket http://h/healthz)"

matches "what it says of itself" '"resource":"https://127' \
    "$(secure first.pem "$URL/.well-known/oauth-protected-resource/.well-known/mercure")"

# Who speaks plain HTTP there is told so.
PLAIN=http://${URL#https://}
check "plain HTTP" 400 "$(status "$PLAIN/healthz")"
matches "is told what to do" 'this port speaks HTTPS' "$(get "$PLAIN/healthz")"
check "a length that is true" "$(get "$PLAIN/" | wc -c)" "$(field content-length "$PLAIN/")"
matches "and noted" '400 \?: a request without TLS' "$(cat "$LOG")"

# The redirection.
TO=$(sed -n 's|.*listening on \(http://.*\), which leads to HTTPS|\1|p' "$LOG")
check "a page has moved" 308 "$(status "$TO/a%20b?c=d")"
check "to the same place" "$URL/a%20b?c=d" "$(field location "$TO/a%20b?c=d")"
check "curl gets there" "$OK" "$(secure first.pem -L "$TO/healthz")"
check "HEAD" 308 "$(status -I "$TO/")"
check "to no name but those of the certificate" 421 "$(status -H 'Host: evil.example' "$TO/")"
check "a POST is told that it was not sent in secret" 405 "$(status -d x "$TO/events/x")"
check "and nothing of it is stored" 0 "$(secure first.pem "$URL/events/x?format=poll&wait=0&last_event_id=earliest" | grep -c '"data"')"
kill -TERM "$PID"
check_exit "all of it ends" 0 "$PID"

# Clients do not take what they should not.
serve other.pem other.key
check "another host's certificate" 60 "$(secure other.pem "$URL/healthz"; echo $?)"
check "but for that host it is good" "$OK" \
    "$(secure other.pem --connect-to "hub.example:443:127.0.0.1:$PORT" https://hub.example/healthz)"
openssl req -new -key first.key -subj /CN=localhost -addext "subjectAltName=$LOCAL" -out expired.csr
printf '%s\n' '[ca]' default_ca=c '[c]' database=index serial=serial new_certs_dir=. default_md=sha256 policy=p \
    copy_extensions=copy '[p]' commonName=supplied >ca.conf
: >index
echo 01 >serial
openssl ca -config ca.conf -batch -selfsign -keyfile first.key -startdate 20200101000000Z \
    -enddate 20200201000000Z -in expired.csr -out expired.pem -notext 2>/dev/null
cp expired.pem served.pem
cp first.key served.key
kill -HUP "$PID"
wait_until grep -q 'the certificates were read again' "$LOG"
check "an expired certificate" 60 "$(secure expired.pem "$URL/healthz"; echo $?)"
check "is told to the log" yes "$(wait_until grep -q 'ERROR the certificate of localhost has expired' "$LOG" && echo yes)"

# Certificates that end are told of: at the start, when they are read again, beforehand, and in the metrics.
certificate long $LOCAL "${EC[@]}" -days 100
certificate soon DNS:soon.example "${EC[@]}" -days 10
start --tls-cert long.pem --tls-key long.key --tls-cert soon.pem --tls-key soon.key --admin-listen 127.0.0.1:0
SOON='WARN  the certificate of soon.example expires in less than 10 days'
check "a certificate that ends soon" yes "$(wait_until grep -q "$SOON" "$LOG" && echo yes)"
kill -HUP "$PID"
twice() { [[ $(grep -c "$SOON" "$LOG") == 2 ]]; }
check "and again when it is read again" yes "$(wait_until twice && echo yes)"
check "and no word of the other" 0 "$(grep -c 'certificate of localhost' "$LOG")"
ADMIN=$(sed -n 's/.*metrics and health on //p' "$LOG")
for name in long:localhost soon:soon.example; do
    end=$(date -d "$(openssl x509 -noout -enddate -in "${name%:*}.pem" | cut -d= -f2)" +%s)
    check "the metrics of $name" "ssehub_tls_certificate_expiry_timestamp_seconds{name=\"${name#*:}\"} $end" \
        "$(get "$ADMIN/metrics" | grep "^ssehub_tls.*${name#*:}")"
done
checked=$("$BIN" check --tls-cert soon.pem --tls-key soon.key --tls-cert expired.pem --tls-key first.key 2>&1)
check "a check is passed" 0 $?
check "but not in silence" "warning: the certificate of localhost has expired
warning: the certificate of soon.example expires in less than 10 days
this machine may publish without a key or token, but no request that comes through a proxy
the settings are good" "$checked"

# Renewal.
serve first.pem first.key
listen stream --cacert first.pem "$URL/events/x"
cp second.pem served.pem
kill -HUP "$PID"
check "a certificate without its key" yes "$(wait_until grep -q 'the certificates stay as they were: served.pem and served.key: .*not that of' "$LOG" && echo yes)"
check "changes nothing" "$OK" "$(secure first.pem "$URL/healthz")"
cp second.key served.key
kill -HUP "$PID"
check "both" yes "$(wait_until grep -q 'the certificates were read again' "$LOG" && echo yes)"
check "are for whoever comes now" "$OK" "$(secure second.pem "$URL/healthz")"
check "and no more the old ones" 60 "$(secure first.pem "$URL/healthz"; echo $?)"
secure second.pem "$URL/events/x" -d 'still here' >/dev/null
check "a stream from before goes on" yes "$(hears stream 'data: still here' && echo yes)"

# Several certificates: one by its name, the first for all others, and all of them renewed or none.
certificate wild 'DNS:*.wild.example' "${EC[@]}"
named() { get --cacert "$1" --connect-to "$2:443:127.0.0.1:$PORT" "https://$2/healthz"; }
cp first.pem served.pem
cp first.key served.key
cp other.pem served-other.pem
start --tls-cert served.pem --tls-key served.key --tls-cert served-other.pem --tls-key other.key \
    --tls-cert wild.pem --tls-key wild.key --http-redirect 127.0.0.1:0
check "an address gets the first" "$OK" "$(secure first.pem "$URL/healthz")"
check "a name gets its own" "$OK" "$(named other.pem hub.example)"
check "a wildcard is for the names below it" "$OK" "$(named wild.pem a.wild.example)"
check "but not for all of them" 60 "$(named wild.pem a.b.wild.example; echo $?)"
TO=$(sed -n 's|.*listening on \(http://.*\), which leads to HTTPS|\1|p' "$LOG")
for name in hub.example a.wild.example 127.0.0.1; do
    check "plain HTTP leads to $name" 308 "$(status -H "Host: $name" "$TO/")"
done
check "and to no name that none of them has" 421 "$(status -H 'Host: evil.example' "$TO/")"
cp second.pem served.pem
cp second.key served.key
cp second.pem served-other.pem
kill -HUP "$PID"
check "one bad certificate among good ones" yes \
    "$(wait_until grep -q 'the certificates stay as they were: served-other.pem and other.key: the key is not' "$LOG" && echo yes)"
check "leaves all as they were" "$OK" "$(secure first.pem "$URL/healthz")"
check "each of them" "$OK" "$(named other.pem hub.example)"
cp other.pem served-other.pem
kill -HUP "$PID"
check "all good ones" yes "$(wait_until grep -q 'the certificates were read again' "$LOG" && echo yes)"
check "are taken" "$OK" "$(secure second.pem "$URL/healthz")"
check "and the rest goes on" "$OK" "$(named other.pem hub.example)"
printf 'tls-cert = ["first.pem", "other.pem"]\ntls-key = ["first.key", "other.key"]\n' >pairs.conf
start --config pairs.conf
check "lists in a file: the first" "$OK" "$(secure first.pem "$URL/healthz")"
check "lists in a file: by name" "$OK" "$(named other.pem hub.example)"

# Commands that ask a server by HTTPS want to know who it is.
new_key=(-nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1)
openssl req -x509 -days 2 -subj /CN=root "${new_key[@]}" -keyout root.key -out root.pem 2>/dev/null
# vouch NAME SUBJECT-ALTERNATIVE-NAMES: NAME.pem and NAME.key, by that root.
vouch() {
    openssl req -subj "/CN=$1" "${new_key[@]}" -keyout "$1.key" -out "$1.csr" 2>/dev/null
    openssl x509 -req -days 2 -in "$1.csr" -CA root.pem -CAkey root.key -CAcreateserial -out "$1.pem" \
        -extfile <(echo "subjectAltName=$2") 2>/dev/null
}
vouch ours $LOCAL
vouch theirs DNS:hub.example
start_at "$(free_port)" --tls-cert ours.pem --tls-key ours.key --retry 100ms
"$BIN" health --ca root.pem "$URL"
check "health by an address" 0 $?
"$BIN" health --ca root.pem "https://localhost:$PORT"
check "health by a name" 0 $?
SSL_CERT_FILE=root.pem "$BIN" health "$URL"
check "health, the system's roots" 0 $?
# unwell NAME REGEX ARGUMENT…: health that is not to be had, and why.
unwell() {
    local name=$1 sentence=$2 said code
    shift 2
    said=$(SSL_CERT_FILE=${TRUSTED:-first.pem} in_time "$BIN" health "$@" 2>&1)
    code=$?
    check "$name: exit code" 1 $code
    matches "$name" "^ssehub: cannot read from https://[^ ]*: .*$sentence" "$said"
}
unwell "nobody vouches for it" 'UnknownIssuer' "$URL"
unwell "another vouches for it" 'UnknownIssuer' --ca first.pem "$URL"
TRUSTED=root.pem unwell "--ca takes the place of the system's roots" 'UnknownIssuer' --ca first.pem "$URL"
unwell "no file" 'cannot read none.pem' --ca none.pem "$URL"
unwell "no certificate" 'root.key: there is no certificate' --ca root.key "$URL"
"$BIN" log follow --ca root.pem "$URL" --after earliest --topic x >followed 2>followed.err &
PIDS+=($!)
get --cacert root.pem "$URL/events/x" -d 'by HTTPS' >/dev/null
check "a log is followed" yes "$(wait_until grep -q '"data":"by HTTPS"' followed && echo yes)"
kill -TERM "$PID"
check_exit "the server ends" 0 "$PID"
check "which the follower tells" yes "$(wait_until grep -q "$URL has ended the stream; connecting again" followed.err && echo yes)"
# again NAME: the server at the same port, with that certificate.
again() { start_at "$PORT" --tls-cert "$1.pem" --tls-key "$1.key"; }
again theirs
unwell "a certificate of another host" 'not valid for name' --ca root.pem "$URL"
check "which the follower does not take, either" yes \
    "$(wait_until grep -q 'a handshake has failed: ' "$LOG" && echo yes)"
kill -TERM "$PID"
check_exit "that server ends" 0 "$PID"
again ours
check "but it comes back to the right one" yes "$(wait_until grep -q "connected to $URL again" followed.err && echo yes)"
get --cacert root.pem "$URL/events/x" -d 'once more' >/dev/null
check "and goes on" yes "$(wait_until grep -q '"data":"once more"' followed && echo yes)"

# A connection that the server ends, ends inside of TLS, too, whoever is at it: else it might have been cut.
start --tls-cert ours.pem --tls-key ours.key --idle 200ms --stream-life 300ms
for request in '' 'GET /events/x HTTP/1.1\r\nHost: localhost\r\n\r\n' 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'; do
    for version in 2 3; do
        printf '%b' "$request" | in_time openssl s_client -connect "127.0.0.1:$PORT" -tls1_$version -CAfile root.pem \
            -quiet -ign_eof -msg >ending 2>&1
        check "TLS 1.$version after '${request:0:10}': it ends" 0 $?
        check "and says so" 1 "$(grep -c '<<< .*Alert.*warning close_notify' ending)"
    done
done

# Who says nothing takes a place like anyone else, and does not keep others from theirs.
serve first.pem first.key --connections 2
exec 4<>"/dev/tcp/127.0.0.1/$PORT"
exec 5<>"/dev/tcp/127.0.0.1/$PORT"
printf '\x16\x03\x01' >&5
full() { [[ $(secure first.pem -o /dev/null -w '%{http_code}' "$URL/healthz") == 503 ]]; }
check "the server is full, and says so by TLS" yes "$(wait_until full && echo yes)"
exec 4>&- 5>&-
free() { [[ $(secure first.pem "$URL/healthz") == "$OK" ]]; }
check "until they have gone" yes "$(wait_until free && echo yes)"

# What cannot be served is not started.
refuses() {
    in_time "$BIN" --listen "unix:$TMP/alone" "${@:3}" 2>err
    check "$1: exit code" 1 $?
    matches "$1: sentence" "$2" "$(tail -n 1 err)"
}
refuses "a certificate alone" '--tls-cert and --tls-key need each other' --tls-cert first.pem
refuses "two with one key" 'need each other: 2 of the one, 1 of the other' \
    --tls-cert first.pem --tls-key first.key --tls-cert other.pem
refuses "one of two that is bad" 'other.pem and second.key: the key is not that of the certificate' \
    --tls-cert first.pem --tls-key first.key --tls-cert other.pem --tls-key second.key
refuses "a redirection alone" '--http-redirect needs a certificate' --http-redirect 127.0.0.1:0
refuses "no file" 'cannot read none.pem' --tls-cert none.pem --tls-key first.key
refuses "two that do not belong together" 'the key is not that of the certificate' --tls-cert first.pem --tls-key second.key
refuses "no address for it" 'a certificate needs an address with a port' \
    --tls-cert first.pem --tls-key first.key
