# Names, topics and messages at their limits.
source "$(dirname "$0")/lib.sh"
start

# repeat TEXT TIMES
repeat() {
    local blanks
    printf -v blanks '%*s' "$2" ''
    echo "${blanks// /$1}"
}
# sse QUERY: the status of a stream that nobody stays to read.
sse() { status -I "$URL/sse?$1"; }
message() { status --data-binary "$1" "$URL/sse/message${2-}"; }

check "a name" 200 "$(sse user=ann)"
check "64 characters" 200 "$(sse "user=$(repeat a 64)")"
check "64 characters of two bytes" 200 "$(sse "user=$(repeat %C3%A9 64)")"
check "65 characters" 400 "$(sse "user=$(repeat a 65)")"
check "65 characters and spaces around 64" 200 "$(sse "user=%20$(repeat a 64)%20")"
for code in 00 0A 0D 1B 7F C2%85; do
    check "a control character %$code" 400 "$(sse "user=a%${code}b")"
done
check "spaces alone" 400 "$(sse 'user=%20%20')"
check "not UTF-8" 400 "$(sse 'user=%FF')"
check "the second of two names" 200 "$(sse 'user=a&user=')"
check "plus is a space" 400 "$(sse 'user=+')"

check "a topic" 200 "$(sse 'user=a&topic=orders/42')"
check "255 bytes" 200 "$(sse "user=a&topic=$(repeat t 255)")"
check "256 bytes" 400 "$(sse "user=a&topic=$(repeat t 256)")"
check "256 bytes in 128 characters" 400 "$(sse "user=a&topic=$(repeat %C3%A9 128)")"
check "an empty topic" 400 "$(sse 'user=a&topic=')"
check "a topic of two lines" 400 "$(sse 'user=a&topic=a%0Ab')"
check "to an empty topic" 400 "$(message '{"message":"a","user":"b"}' '?topic=')"
check "to a topic of two lines" 400 "$(message '{"message":"a","user":"b"}' '?topic=a%0Db')"

check "a speaker's name with spaces" 200 "$(message '{"message":"a","user":" ann "}')"
check "a speaker without a name" 400 "$(message '{"message":"a","user":" "}')"
check "a speaker of two lines" 400 "$(message '{"message":"a","user":"a\nb"}')"
check "a speaker of 65 characters" 400 "$(message "{\"message\":\"a\",\"user\":\"$(repeat a 65)\"}")"
matches "who has no name is told so" "The parameters have no names" \
    "$(get -d '{"message":"a","user":""}' "$URL/sse/message")"

# sized BYTES: a message of that many, in a file.
sized() {
    printf '{"user":"ann","message":"%s"}' "$(head -c "$1" /dev/zero | tr '\0' x)" >"$TMP/body"
    echo "@$TMP/body"
}
listen "$TMP/bob" "$URL/sse?user=bob"
check "64 KiB" 200 "$(message "$(sized 65536)")"
check "64 KiB and a byte" 413 "$(message "$(sized 65537)")"
matches "says why" "a message has at most 64 KiB" "$(get --data-binary "$(sized 65537)" "$URL/sse/message")"
say end >/dev/null
hears "$TMP/bob" "data: end"
check "64 KiB arrive whole, and the larger one does not" "$((65536 + 7)),10" \
    "$(awk '/^data: /{print length + 1}' "$TMP/bob" | paste -sd,)"
