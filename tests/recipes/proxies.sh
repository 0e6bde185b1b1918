# What the tests of proxies use: real ones on free ports of this machine, and what must work through each.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Another program may take a free port before we do.
STARTS=5
# Events that a stream must show at once, or not at all until it ends: less than a proxy's buffer together.
ROUNDS=10
CASE=0
PROXY_FLAGS=()

# An ordinary user's folder, also when the tests run as root.
SCRATCH=$TMP/scratch
mkdir "$SCRATCH"
((EUID != 0)) || { chmod 711 "$TMP" && chown 65534:65534 "$SCRATCH"; }
as_ordinary() {
    ((EUID != 0)) || exec setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
    exec "$@"
}

# through ARGUMENT…: as `get`, by way of the proxy, whose address is PROXY, with the publisher's key if there is one.
KEY=()
through() { get "${PROXY_FLAGS[@]}" "${KEY[@]}" "$@"; }
answers() { [[ $(through -o /dev/null -w '%{http_code}' "$PROXY/healthz") == 200 ]]; }
answers_or_ended() { answers || ended "$ASIDE"; }

# proxy CONFIGURE COMMAND…: starts a proxy, configured by a function that is given a port; sets PROXY, PROXY_PID.
proxy() {
    local attempt port
    for ((attempt = 0; attempt < STARTS; attempt++)); do
        port=$(free_port)
        "$1" "$port"
        PROXY=${SCHEME:-http}://${HOST:-127.0.0.1}:$port
        aside as_ordinary env HOME="$SCRATCH" XDG_DATA_HOME="$SCRATCH" XDG_CONFIG_HOME="$SCRATCH" "${@:2}" \
            >"$TMP/proxy.log" 2>&1
        PROXY_PID=$ASIDE
        wait_until answers_or_ended
        answers && return
        leave "$PROXY_PID"
    done
    check "the proxy starts" "an answer" "$(cat "$TMP/proxy.log")"
    exit
}

# start_with_key OPTION…: a hub as the page starts it behind a proxy; sets KEY to what its publishers send.
start_with_key() {
    local folder=$TMP/keys command
    mkdir "$folder"
    block "Publish through a proxy" "$folder/block"
    command=$(tail -n 1 "$folder/block")
    ln -s "$BIN" "$folder/ssehub"
    (cd "$folder" && PATH=$folder:$PATH bash -eu <(sed '$d' block))
    read -ra command <<<"$command"
    # The names under which these tests come: of this machine, and what nginx makes of its upstream.
    start "${command[@]:1}" --api-keys "$folder/keys" --allowed-host 127.0.0.1 --allowed-host localhost \
        --allowed-host ssehub "$@"
    KEY=(-H "Authorization: Bearer $(head -n 1 "$folder/shop.key")")
}

# turns_away NAME: whether a stranger's requests that change something are refused by way of the proxy by a hub that was
# told nothing, although the proxy is on the hub's machine.
turns_away() {
    local answer=(-o /dev/null -w '%{http_code}')
    check "$1: a stranger does not publish" 401 "$(through "${answer[@]}" -d x "$PROXY/events/stranger")"
    check "$1: nor in the chat" 401 \
        "$(through "${answer[@]}" -d '{"user":"eve","message":"x"}' "$PROXY/sse/message")"
    check "$1: nor by Mercure" 401 "$(through "${answer[@]}" -d topic=a "$PROXY/.well-known/mercure")"
    check "$1: nor ends a topic" 401 "$(through "${answer[@]}" -X DELETE "$PROXY/events/stranger")"
    check "$1: nor says that it is from here" 401 \
        "$(through "${answer[@]}" -H 'X-Forwarded-For: 127.0.0.1' -d x "$PROXY/events/stranger")"
    check "$1: this machine publishes beside it" 200 "$(status -d x "$URL/events/here")"
    leave "$PROXY_PID"
}

# opens FILE ARGUMENT…: a stream by way of the proxy that began once its request was sent; sets ASIDE.
opens() {
    : >"$1"
    aside curl -q -s -v --noproxy '*' --max-time 300 -N "${PROXY_FLAGS[@]}" "${@:2}" >"$1" 2>"$1.sent"
    wait_until grep -q '^> ' "$1.sent"
}

# poll QUERY: an answer by way of the proxy.
poll() { through "$PROXY/events/$TOPIC?format=poll&$1"; }
position() { sed 's/.*"last_event_id":"#\([^"]*\)".*/\1/'; }
data() { grep -o '"data":"[^"]*"' | cut -d '"' -f 4 | paste -sd ' '; }

# behaves NAME prompt|held: whether page, publishing, streams, polls and resuming work by way of the proxy.
behaves() {
    NAME=$1 TOPIC=case$((CASE += 1))
    loads_page
    matches "$NAME: publishing" '^\{"id":"#' "$(through --data-binary zero "$PROXY/events/$TOPIC")"
    matches "$NAME: publishing in chunks" '^\{"id":"#' \
        "$(through -H 'Transfer-Encoding: chunked' --data-binary one "$PROXY/events/$TOPIC")"
    polls
    streams events "$2" text/event-stream 's/^data: //p'
    streams lines "$2" application/x-ndjson 's/.*"data":"\([^"]*\)".*/\1/p'
    resumes "$2"
    leave "$PROXY_PID"
}

# Every file that the page names comes as the server sends it.
loads_page() {
    check "$NAME: the page" "200 text/html; charset=utf-8" \
        "$(through -o "$TMP/page" -w '%{http_code} %{content_type}' "$PROXY/")"
    local path kinds=
    while read -r path; do
        kinds+="$(through -o "$TMP/file" -w '%{http_code} %{content_type}' "$PROXY$path")"$'\n'
        get -o "$TMP/original" "$URL$path"
        check "$NAME: $path" same "$(cmp -s "$TMP/file" "$TMP/original" && echo same)"
    done < <(grep -oE '(href|src)="/[^"]+"' "$TMP/page" | cut -d '"' -f 2 | sort -u)
    check "$NAME: the page's files" "200 image/svg+xml
200 text/css; charset=utf-8
200 text/javascript; charset=utf-8" "$(sort -u <<<"${kinds%$'\n'}")"
}

# An event ends a poll that waits for it, and the next poll goes on behind it.
polls() {
    local after
    check "$NAME: a poll" "zero one" "$(poll last_event_id=earliest | data)"
    after=$(poll wait=0 | position)
    opens "$TMP/waiting" "$PROXY/events/$TOPIC?format=poll&last_event_id=$after"
    through -o /dev/null -d two "$PROXY/events/$TOPIC"
    check_exit "$NAME: an event ends a poll" 0 "$ASIDE"
    check "$NAME: and is its answer" two "$(data <"$TMP/waiting")"
    after=$(position <"$TMP/waiting")
    check "$NAME: nothing comes twice" '{"events":[],"last_event_id":"#N"}' \
        "$(poll "wait=0&last_event_id=$after" | shown)"
}

# streams KIND prompt|held TYPE EXPRESSION: a stream of that type, of which sed prints the data.
streams() {
    local file=$TMP/stream.$TOPIC.$1 name="$NAME: $1" TOPIC=$TOPIC.$1 after round
    through -o /dev/null -d early "$PROXY/events/$TOPIC"
    opens "$file" -H "Accept: $3" "$PROXY/events/$TOPIC?last_event_id=earliest"
    [[ $2 == held ]] || wait_until grep -q early "$file"
    after=$(poll wait=0 | position)
    for ((round = 1; round <= ROUNDS; round++)); do
        through -o /dev/null -d "round$round." "$PROXY/events/$TOPIC"
        check "$name: a poll gets event $round" "round$round." \
            "$(poll "last_event_id=$after" | tee "$TMP/polled" | data)"
        after=$(position <"$TMP/polled")
        [[ $2 == held ]] || wait_until grep -q "round$round\\." "$file" || {
            check "$name: the stream gets event $round at once" "round$round." "$(cat "$file")"
            break
        }
    done
    [[ $2 == prompt ]] || check "$name: the stream is held back" "" "$(cat "$file")"
    through -o /dev/null -X DELETE "$PROXY/events/$TOPIC"
    check_exit "$name: the stream ends properly" 0 "$ASIDE"
    check "$name: and is whole" "early $(seq -f 'round%g.' "$ROUNDS" | paste -sd ' ')" \
        "$(sed -n "$4" "$file" | paste -sd ' ')"
}

# A stream goes on behind the id in the header, as browsers send it; one that is held back shows it at its end.
resumes() {
    local id
    id=$(through -d seen "$PROXY/events/$TOPIC" | sed 's/.*"id":"\([^"]*\)".*/\1/')
    through -o /dev/null -d missed "$PROXY/events/$TOPIC"
    check "$NAME: a poll resumes" missed "$(through -H "Last-Event-ID: $id" "$PROXY/events/$TOPIC?format=poll" | data)"
    opens "$TMP/resumed" -H "Last-Event-ID: $id" "$PROXY/events/$TOPIC"
    [[ $1 == held ]] || wait_until grep -q missed "$TMP/resumed"
    through -o /dev/null -X DELETE "$PROXY/events/$TOPIC"
    check_exit "$NAME: the stream that resumes ends" 0 "$ASIDE"
    check "$NAME: a stream resumes" "missed" "$(sed -n 's/^data: //p' "$TMP/resumed")"
    check "$NAME: who comes back to the end" 204 "$(through -o /dev/null -w '%{http_code}' \
        -H "$(sed -n 's/^id: /Last-Event-ID: /p' "$TMP/resumed" | tail -n 1)" "$PROXY/events/$TOPIC")"
}
