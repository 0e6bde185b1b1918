# The cluster as `make cluster` starts it: any hub does for anyone, and one less goes on.
source "$(dirname "$0")/../curl/lib.sh"
DEPLOY=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../deploy/cluster")

# Four ports in a row that nobody has; another program may take one before we do.
free_ports() {
    python3 -c '
import random, socket
while True:
    first = random.randrange(12000, 30000)
    try:
        for it in [socket.create_server(("127.0.0.1", port)) for port in range(first, first + 4)]: it.close()
        break
    except OSError: pass
print(first)'
}

# begin: starts the cluster; sets PORT, CLUSTER and the URL of nginx.
begin() {
    PORT=$(free_ports)
    LOG=$TMP/cluster.log
    aside env PORT="$PORT" TMPDIR="$TMP" SSEHUB_BIN="$BIN" "$DEPLOY/run.sh" --retry 200ms >"$LOG" 2>&1
    CLUSTER=$ASIDE
    URL=http://127.0.0.1:$PORT
    wait_until says_or_ended
    says || check "the cluster starts" "a URL" "$(cat "$LOG")"
}
says() { grep -q "^http://localhost:$PORT is nginx" "$LOG"; }
says_or_ended() { says || ended "$CLUSTER"; }

hub() { echo "http://127.0.0.1:$((PORT + $1))"; }
# process NAME: as the cluster has told it.
process() { sed -n "s/.*$1: .*process \([0-9]*\).*/\1/p" "$LOG"; }
# publish URL TEXT: the status.
publish() { status --data-binary "$2" "$1/events/news"; }

begin
listen "$TMP/front" "$URL/events/news"
listen "$TMP/third" "$(hub 3)/events/news"
check "one hub takes an event" 200 "$(publish "$(hub 1)" one)"
check "nginx takes one" 200 "$(publish "$URL" two)"
for file in front third; do
    hears "$TMP/$file" "data: two"
    check "$file: all hear all, in one order" "one two" "$(sed -n 's/^data: //p' "$TMP/$file" | paste -sd ' ')"
done
check "with the same ids" "$(sed -n 's/^id: //p' "$TMP/front")" "$(sed -n 's/^id: //p' "$TMP/third")"
seen=$(sed -n 's/^id: //p' "$TMP/third" | head -n 1)
listen "$TMP/second" -H "Last-Event-ID: $seen" "$(hub 2)/events/news"
hears "$TMP/second" "data: two"
check "another hub resumes" $'id: ID\ndata: two' "$(events "$TMP/second")"
check "the page" 200 "$(status "$URL/")"

# The hub at which nginx's stream ends is one of three; so each of them goes once.
for number in 1 2; do
    kill -KILL "$(process "hub $number")"
    wait_until ended "$(process "hub $number")"
    for text in a b c d e f; do
        check "hub $number is gone: nginx takes $text" 200 "$(publish "$URL" "$number$text")"
    done
    listen "$TMP/again$number" -H "Last-Event-ID: $seen" "$URL/events/news"
    hears "$TMP/again$number" "data: ${number}f"
done
check "nothing is missing" "two 1a 1b 1c 1d 1e 1f 2a 2b 2c 2d 2e 2f" \
    "$(sed -n 's/^data: //p' "$TMP/again2" | paste -sd ' ')"
hears "$TMP/third" "data: 2f"
check "nor for who stays" "one two 1a 1b 1c 1d 1e 1f 2a 2b 2c 2d 2e 2f" \
    "$(sed -n 's/^data: //p' "$TMP/third" | paste -sd ' ')"

folder=$(dirname "$(sed -n 's/.*log \(.*\)/\1/p' "$LOG" | head -n 1)")
others=$(sed -n 's/.*process \([0-9]*\).*/\1/p' "$LOG")
kill -TERM "$CLUSTER"
check_exit "it ends" 0 "$CLUSTER"
for pid in $others; do check "nothing of it goes on" ended "$(ended "$pid" && echo ended)"; done
check "its folder is gone" gone "$([[ -e $folder ]] || echo gone)"

# The same for other places, as far as they can be checked where there is no Docker and no systemd to run them.
check "the compose file" "" "$(docker-compose -f "$DEPLOY/compose.yaml" config -q 2>&1)"
check "its hubs" "hub1 hub2 hub3 nginx redis" \
    "$(docker-compose -f "$DEPLOY/compose.yaml" config --services | sort | paste -sd ' ')"
sed "s#/usr/bin/ssehub#$BIN#" "$DEPLOY/ssehub@.service" >"$TMP/ssehub@1.service"
check "the unit" "" "$(systemd-analyze verify "$TMP/ssehub@1.service" 2>&1)"
