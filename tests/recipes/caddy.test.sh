# The page's Caddy, by default, flushing always, and with TLS and HTTP/2.
source "$(dirname "$0")/proxies.sh"
start
block "Behind Caddy" "$TMP/site"

# configure PORT: the page's block, changed by EDIT, inside what keeps Caddy to this machine.
configure() {
    {
        printf '{\n admin off\n default_bind 127.0.0.1\n auto_https disable_redirects\n skip_install_trust\n}\n'
        sed -E "s#^example.org#${SCHEME:-http}://${HOST:-127.0.0.1}:$1#; $EDIT" "$TMP/site"
    } >"$SCRATCH/Caddyfile"
}

# caddy_with EDIT: Caddy with the page's block after this edit.
caddy_with() {
    EDIT=$1
    proxy configure caddy run --config "$SCRATCH/Caddyfile" --adapter caddyfile
}

caddy_with ''
turns_away "Caddy as on the page"

start_with_key
block "Behind Caddy" "$TMP/site"
caddy_with ''
behaves "Caddy as on the page" prompt
caddy_with 's/(reverse_proxy .*)/\1 {\nflush_interval -1\n}/'
behaves "Caddy that flushes always" prompt
# What `through` and `opens` give to curl.
# shellcheck disable=SC2034
SCHEME=https HOST=localhost PROXY_FLAGS=(--insecure)
caddy_with 's/(reverse_proxy .*)/\1\ntls internal/'
check "Caddy speaks HTTP/2" 2 "$(through -o /dev/null -w '%{http_version}' "$PROXY/healthz")"
behaves "Caddy with TLS and HTTP/2" prompt
