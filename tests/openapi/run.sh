#!/usr/bin/env bash
# Tries what docs/openapi.yaml says on the real binary: schemathesis sends what it allows and what it does not, and
# looks at each answer. Installs what is missing, or fails. SSEHUB_BIN names the binary; target/release/ssehub
# unless it is set.
SSEHUB_BIN=$(realpath "${SSEHUB_BIN:-$(dirname "$0")/../../target/release/ssehub}")
export SSEHUB_BIN
[[ -x $SSEHUB_BIN ]] || { echo "there is no $SSEHUB_BIN" >&2; exit 2; }
cd "$(dirname "$0")" || exit 2
./install.sh || exit 2
source ../curl/lib.sh

DESCRIPTION=../../docs/openapi.yaml
# More than it takes: a stream that does not end must not keep us.
TRIAL_SECONDS=1800

check "the description is proper OpenAPI" 0 "$(.venv/bin/openapi-spec-validator "$DESCRIPTION" >"$TMP/valid" 2>&1; echo $?)"
cat "$TMP/valid"

# Streams end by themselves before anybody waits for them.
echo 'a secret of thirty-two bytes, or more' >"$TMP/secret"
start --debug-page yes --subscriptions --metrics granted --token-key-file "$TMP/secret" --stream-life 20ms
TOKEN=$("$BIN" token --key-file "$TMP/secret" --publish '*' --subscribe '*')
timeout "$TRIAL_SECONDS" .venv/bin/schemathesis --config-file schemathesis.toml run "$DESCRIPTION" --url "$URL" \
    --header "Authorization: Bearer $TOKEN" >"$TMP/trial" 2>&1
check "the server does what the description says" 0 $?
sed -n '/= FAILURES =/,$p' "$TMP/trial"
tail -n 1 "$TMP/trial"
check "and still runs" 200 "$(status "$URL/healthz")"

start --subscriptions --metrics granted --anonymous-read no --api-keys /dev/null
.venv/bin/python closed.py "$DESCRIPTION" "$URL" >"$TMP/closed" 2>&1
check "who has no credential is told so where the description says" 0 $?
cat "$TMP/closed"
