# The page's publishers: what they send arrives, a repetition does not, and a refusal is told.
source "$(dirname "$0")/lib.sh"
start

# publishes NAME HEADING: runs such a block with a topic of its own, again, and with a topic that is refused.
publishes() {
    local name=$1 file
    file=$TMP/publish.${name}
    block "$2" "$file"
    sed -i "s#orders/42#orders/$name#" "$file"
    listen_lines "$TMP/heard" "$URL/events/orders/$name"
    matches "$name: the receipt" '#[0-9]+-[0-9]+' "$(run_block "$file")"
    matches "$name: the receipt of a repetition" 'repeated.*true' "$(run_block "$file" | tr T t)"
    publish "orders/$name" end >/dev/null
    wait_until grep -q '"end"' "$TMP/heard"
    leave "$LISTENER"
    check "$name: what arrives" \
        '{"id":"order-42-paid","topic":"orders/'"$name"'","type":"paid","data":"{\"total\":12.5}","time":T}' \
        "$(sed '/^$/d; /"end"/d' "$TMP/heard" | shown)"

    sed -i "s#orders/$name#*#" "$file"
    answer=$(run_block "$file" 2>&1)
    check "$name: a refusal is a failure" 1 $?
    matches "$name: and is told" 'stands for every topic' "$answer"
}
publishes sh "Publish from bash"
publishes py "Publish from Python"
publishes mjs "Publish from Node"
publishes php "Publish from PHP"
publishes go "Publish from Go"

listen_lines "$TMP/lines" "$URL/events?topic=*"
block "Publish several events at once" "$TMP/lines.sh"
check "lines: the receipts" \
    '{"events":[{"id":"#N","topic":"orders/42"},{"id":"#N","topic":"orders/43"},{"id":"#N","topic":"news"}]}' \
    "$(run_block "$TMP/lines.sh" | shown)"
wait_until grep -q hello "$TMP/lines"
check "lines: what arrives" '{"id":"order-42-paid","topic":"orders/42","type":"paid","data":"{\"total\":12.5}","time":T}
{"id":"#N","topic":"orders/43","data":"two\nlines","time":T}
{"id":"#N","topic":"news","data":"hello","time":T}' "$(sed '/^$/d' "$TMP/lines" | shown)"
sed -i 's/"topic":"news"/"topic":"*"/' "$TMP/lines.sh"
answer=$(run_block "$TMP/lines.sh" 2>/dev/null)
check "lines: a refusal is a failure" 22 $?
check "lines: and is told" \
    '{"succeeded":false,"errorMessage":"line 3: * stands for every topic and is none itself"}' "$answer"
