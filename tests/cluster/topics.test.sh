# Hubs with a log each, behind the nginx of docs/scaling.md: whoever names a topic meets the others at one hub.
source "$(dirname "$0")/../curl/lib.sh"
PAGE=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../docs/scaling.md")

# What a proxy passes on is no request of this machine; nginx asks for its upstream by name.
hosts=(--allowed-host hubs --allowed-host 127.0.0.1)
start --open "${hosts[@]}"
FIRST=$URL
start --open "${hosts[@]}"
SECOND=$URL
block=$(awk '/^```nginx/ { inside = 1; next } /^```/ { inside = 0 } inside' "$PAGE" |
    sed "s#10.0.0.1:8080#${FIRST#http://}#; s#10.0.0.2:8080#${SECOND#http://}#")
{
    echo "daemon off; master_process off; pid $TMP/pid; error_log stderr warn; events {}"
    echo "http { access_log off;"
    for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $TMP/$kind;"; done
    echo "$block"
    echo "server { listen unix:$TMP/nginx.sock; location / { proxy_pass http://hubs; } } }"
} >"$TMP/nginx.conf"
aside /usr/sbin/nginx -p "$TMP" -e stderr -c "$TMP/nginx.conf" 2>"$TMP/nginx.log"
through() { get --unix-socket "$TMP/nginx.sock" "$@"; }
answers() { through -o /dev/null http://nginx/healthz; }
wait_until answers || check "nginx starts" "an answer" "$(cat "$TMP/nginx.log")"

# kept URL: how many events a hub has.
kept() { get "$1/events?topic=*&format=poll&wait=0&last_event_id=earliest" | grep -o '"data":' | wc -l; }
for number in {1..20}; do
    topic=orders/$number
    through -o /dev/null -d path "http://nginx/events/$topic"
    through -o /dev/null -d '{"user":"ann","message":"query"}' "http://nginx/sse/message?topic=$topic"
    for url in "events/$topic?format=poll" "events?topic=$topic&format=poll"; do
        check "$url has both" "path query" \
            "$(through "http://nginx/$url&wait=0&last_event_id=earliest" | grep -o '"data":"[^"]*"' | cut -d '"' -f 4 | paste -sd ' ')"
    done
done
check "nothing is lost" 40 $(($(kept "$FIRST") + $(kept "$SECOND")))
check "both hubs have topics" "yes yes" \
    "$([[ $(kept "$FIRST") -gt 0 ]] && echo -n "yes "; [[ $(kept "$SECOND") -gt 0 ]] && echo yes)"
