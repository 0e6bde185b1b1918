# `ssehub token` and `ssehub key`: tokens and keys from the command line.
source "$(dirname "$0")/lib.sh"

SECRET="a secret for tests alone, of more bytes than thirty-two"
printf '%s\n' "$SECRET" >"$TMP/secret"
export HUB_KEY=$SECRET

# run COMMAND…: what ssehub writes; its errors go to a file of their own.
run() { in_time "$BIN" "$@" 2>"$TMP/err"; }

# fails NAME CODE SENTENCE COMMAND…: with the code, and exactly this on standard error.
fails() {
    local name=$1 code=$2 sentence=$3
    shift 3
    run "$@" >"$TMP/out" </dev/null
    check "$name: exit code" "$code" $?
    check "$name: sentence" "$sentence" "$(cat "$TMP/err")"
}

# part N TOKEN: a part of a token, decoded.
part() {
    local text
    text=$(cut -d . -f "$1" <<<"$2" | tr -- '-_' '+/')
    while ((${#text} % 4)); do text+="="; done
    base64 -d <<<"$text"
}

# A token, from a file and from the environment, and what is in it.
help=$("$BIN" --help)
matches "--help names tokens" "ssehub token \[inspect\]" "$help"
matches "--help names keys" "ssehub key NAME" "$help"
token=$(run token --key-file "$TMP/secret" --publish 'orders/{id}' --subscribe '*' --subject ann)
check "no word more" "" "$(cat "$TMP/err")"
check "header" '{"alg":"HS256","typ":"JWT"}' "$(part 1 "$token")"
matches "claims" '^\{"exp":([0-9]+),"iat":[0-9]+,"mercure":\{"publish":\["orders/\{id\}"\],"subscribe":\["\*"\]\},"sub":"ann"\}$' \
    "$(part 2 "$token")"
signed=${token%.*}
check "the signature is that of another program" "${token##*.}" \
    "$(printf %s "$signed" | openssl dgst -sha256 -hmac "$SECRET" -binary | base64 -w 0 | tr -- '+/' '-_' | tr -d =)"
inspected=$(run token inspect --key-env HUB_KEY <<<"$token")
check "inspect" 0 $?
matches "inspect: accepted" $'\naccepted   yes\nuntil      20[0-9T:.-]+Z\nsubject    ann\npublish    orders/\{id\}\nsubscribe  \\*$' \
    "$inspected"
check "a token as an argument" "$inspected" "$(run token inspect "$token" --key-env HUB_KEY)"
matches "without a key" $'\naccepted   not known: no key is given$' "$(run token inspect "$token")"

# What is refused.
HUB_OTHER="another secret for tests alone, of more than thirty-two" fails "another key" 1 \
    "ssehub: the token is refused: the token's signature is wrong" \
    token inspect "$token" --key-env HUB_OTHER
matches "says what is in it all the same" '^header     \{"alg"' "$(cat "$TMP/out")"
fails "no token" 1 "ssehub: the credential is neither a key nor a signed token" token inspect
HUB_SHORT=short fails "a short secret" 1 "ssehub: HUB_SHORT: a secret for HS256 has at least 32 bytes" \
    token --key-env HUB_SHORT
fails "no such variable" 1 "ssehub: the environment has no HUB_NONE" token --key-env HUB_NONE
fails "no such file" 1 "ssehub: cannot read $TMP/none: No such file or directory (os error 2)" \
    token --key-file "$TMP/none"
fails "a file without an end" 1 "ssehub: cannot read /dev/zero: there are more than 262144 bytes" \
    token --key-file /dev/zero
fails "a secret as an argument" 2 "ssehub: token: there is one argument too many"$'\nTry `ssehub --help`.' \
    token --key-file "$TMP/secret" "$SECRET"

# Keys that openssl has made.
for kind in "ES256 EC -pkeyopt ec_paramgen_curve:P-256" "ES384 EC -pkeyopt ec_paramgen_curve:P-384" "EdDSA ED25519"; do
    read -r alg options <<<"$kind"
    # shellcheck disable=SC2086
    openssl genpkey -algorithm $options -out "$TMP/$alg.key" 2>/dev/null
    openssl pkey -in "$TMP/$alg.key" -pubout -out "$TMP/$alg.pem"
    token=$(run token --key-file "$TMP/$alg.key" --alg "$alg" --publish a --details --issuer us --audience hub)
    matches "$alg: header" "\"alg\":\"$alg\".*\"typ\":\"at\+jwt\"" "$(part 1 "$token")"
    inspected=$(run token inspect --key-file "$TMP/$alg.pem" --issuer us --audience hub <<<"$token")
    matches "$alg: accepted" $'\naccepted   yes\n.*\npublish    a\nsubscribe  nothing$' "$inspected"
    fails "$alg: for another hub" 1 "ssehub: the token is refused: the token is for another audience" \
        token inspect "$token" --key-file "$TMP/$alg.pem" --issuer us --audience other
    fails "$alg: a private key verifies nothing" 1 \
        "ssehub: $TMP/$alg.key: a public key is expected, and this is a private one" \
        token inspect "$token" --key-file "$TMP/$alg.key"
done

# An API key: two lines, the second of which has nothing of the first.
key=$(run key "shop 1" --publish 'orders/{id}' --publish stock)
check "two lines" 2 "$(wc -l <<<"$key")"
secret=$(head -n 1 <<<"$key")
matches "the key" '^ssehub_[A-Za-z0-9_-]{43}$' "$secret"
digest=$(printf %s "$secret" | sha256sum | cut -d ' ' -f 1)
check "the line" "{\"name\":\"shop 1\",\"sha256\":\"$digest\",\"publish\":[\"orders/{id}\",\"stock\"],\"subscribe\":[]}" \
    "$(tail -n 1 <<<"$key")"
check "each is another" 2 "$( (run key a; run key a) | grep '^ssehub_' | sort -u | wc -l)"
fails "no name" 2 "ssehub: key: NAME is expected"$'\nTry `ssehub --help`.' key
