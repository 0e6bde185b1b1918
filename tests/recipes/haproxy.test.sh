# The page's HAProxy, and what becomes of streams when it is less patient than the hub's heartbeat.
source "$(dirname "$0")/proxies.sh"
start --heartbeat 15s
block "Behind HAProxy" "$TMP/site"

# configure PORT: the page's block, changed by EDIT.
configure() { sed -E "s/bind :80/bind 127.0.0.1:$1/; $EDIT" "$TMP/site" >"$SCRATCH/haproxy.cfg"; }

# haproxy_with EDIT: HAProxy with the page's block after this edit.
haproxy_with() {
    EDIT=$1
    proxy configure haproxy -db -f "$SCRATCH/haproxy.cfg"
}

haproxy_with ''
turns_away "HAProxy as on the page"

start_with_key --heartbeat 15s
block "Behind HAProxy" "$TMP/site"
haproxy_with ''
behaves "HAProxy as on the page" prompt

haproxy_with 's/timeout server 1h/timeout server 3s/'
opens "$TMP/cut" "$PROXY/events/quiet"
check_exit "an impatient HAProxy cuts a quiet stream" 18 "$ASIDE"
check "and answers a poll itself" 504 "$(through -o /dev/null -w '%{http_code}' "$PROXY/events/quiet?format=poll&wait=20")"
leave "$PROXY_PID"
