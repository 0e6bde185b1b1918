# What every test of a client uses: what those with curl use, a secret, and tokens.
HERE=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
source "$HERE/../curl/lib.sh"

SECRET="a secret for tests alone, of more bytes than thirty-two"
printf %s "$SECRET" >"$TMP/secret"
token() { "$BIN" token --key-file "$TMP/secret" "$@"; }
PUBLISHER=$(token --publish '*')
BROWSER=$(token --subscribe 'https://example.com/orders/{id}')
ORDER=https://example.com/orders/42
STAFF=https://example.com/staff/7
HUB=/.well-known/mercure

# update ID DATA FIELD…: publishes; the answer.
update() {
    get "$URL$HUB" -H "Authorization: Bearer $PUBLISHER" -d "id=$1" -d "data=$2" "${@:3}"
}
