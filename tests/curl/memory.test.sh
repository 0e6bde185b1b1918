# What the log has taken goes back to the system once its events are gone.
source "$(dirname "$0")/lib.sh"

# resident_mib: memory of the server.
resident_mib() { awk '/^VmRSS/ {print int($2 / 1024)}' "/proc/$PID/status"; }
is_below() { (($(resident_mib) < $1)); }

start --keep-age 15s --keep-bytes 1GiB --keep-events 100000
awk 'BEGIN { text = sprintf("%500s", ""); gsub(/ /, "x", text)
             for (line = 0; line < 1000; line++) printf "{\"topic\":\"t%d\",\"data\":\"%s\"}\n", line, text }' >"$TMP/lines"
# All on one connection, so that the flood is over before the first of it is too old.
CODES=$(get --data-binary "@$TMP/lines" -H "Content-Type: application/x-ndjson" -o "$TMP/answer.#1" -w '%{http_code}\n' \
    "$URL/events#[1-40]" | sort | uniq -c | tr -s ' ')
check "a flood is taken" " 40 200" "$CODES"
FULL=$(resident_mib)
check "a flood takes memory" 1 "$((FULL > 30))"
wait_until is_below $((FULL / 2))
check "which goes back" 0 $?
