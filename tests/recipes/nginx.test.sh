# The page's nginx, and what becomes of streams when it is set otherwise.
source "$(dirname "$0")/proxies.sh"
start
block "Behind nginx" "$TMP/site"

# configure PORT: the page's block, changed by EDIT, inside what an ordinary user's nginx needs.
configure() {
    sed -E "s/listen 80;/listen 127.0.0.1:$1;/; $EDIT" "$TMP/site" >"$TMP/site.edited"
    {
        echo "daemon off; master_process off; pid $SCRATCH/pid; error_log stderr warn; events {}"
        echo "http { access_log off;"
        for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $SCRATCH/$kind;"; done
        cat "$TMP/site.edited"
        echo "}"
    } >"$SCRATCH/nginx.conf"
}

# nginx_with EDIT: nginx with the page's block after this edit.
nginx_with() {
    EDIT=$1
    proxy configure nginx -p "$SCRATCH" -e stderr -c "$SCRATCH/nginx.conf"
    [[ -z $1 ]] || check "the edit $1 changes the block" changed \
        "$(EDIT='' && sed -E "s/listen 80;/listen ${PROXY#http://};/" "$TMP/site" | cmp -s - "$TMP/site.edited" || echo changed)"
}

# coding: of a stream, which ends at once, between nginx and the server.
coding() {
    through -o /dev/null -d x "$PROXY/events/coding"
    through -o /dev/null -X DELETE "$PROXY/events/coding"
    through -o /dev/null -D - "$PROXY/events/coding?last_event_id=earliest" | tr -d '\r' | sed -n 's/^X-Coding: //p'
}

ON='s/proxy_buffering off;/proxy_buffering on;/'
DEAF='s/proxy_buffering off;/proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;/'
# Only HTTP/1.1 has chunks: what codes an answer shows the version.
OLD='/proxy_set_header/d; s/proxy_http_version 1.1;/proxy_http_version 1.0;/
s/proxy_pass/add_header X-Coding "=$upstream_http_transfer_encoding"; proxy_pass/'

nginx_with ''
turns_away "nginx as on the page"

start_with_key
block "Behind nginx" "$TMP/site"
nginx_with ''
behaves "nginx as on the page" prompt
nginx_with "$ON"
behaves "nginx that buffers" prompt
nginx_with "$DEAF"
behaves "nginx that buffers and ignores our header" prompt
# As a block does that has nothing but proxy_pass.
nginx_with "$ON; $OLD"
check "nginx speaks HTTP/1.0" = "$(coding)"
behaves "nginx that buffers and speaks HTTP/1.0" prompt
nginx_with "$DEAF; $OLD"
check "nginx speaks HTTP/1.0 again" = "$(coding)"
behaves "nginx that buffers, speaks HTTP/1.0 and ignores our header" held
