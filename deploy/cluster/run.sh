#!/usr/bin/env bash
# A cluster on this machine: Redis, three hubs, and nginx before them, until Ctrl-C. Installs redis-server and
# nginx by apt if they are missing.
#
# PORT is nginx's, 8080 unless it is set; the hubs have the three ports above it, and Redis has a Unix socket.
# Only this machine reaches nginx, so everyone who does may publish.
#
# All data is in a temporary folder that goes with the cluster. SSEHUB_BIN names the binary. Arguments go to
# each hub.
set -eu
HERE=$(realpath "$(dirname "$0")")
BIN=$(realpath "${SSEHUB_BIN:-$HERE/../../target/release/ssehub}")
PORT=${PORT:-8080}
HUBS=3
# Looks whether something has started, and the pause between two.
LOOKS=3000
LOOK_SECONDS=0.02
PATH=$PATH:/usr/sbin:/sbin

[[ -x $BIN ]] || { echo "there is no $BIN: make build" >&2; exit 2; }
"$HERE/install.sh" redis-server redis-server nginx nginx curl curl
# The hubs read their settings from the environment, too; none but the arguments shall reach them.
unset "${!SSEHUB_@}"

FOLDER=$(mktemp -d)
PIDS=()
finish() {
    trap '' INT TERM
    # The hubs first: they end their streams as streams should end.
    for ((i = ${#PIDS[@]} - 1; i >= 0; i--)); do kill -TERM "${PIDS[i]}" 2>/dev/null || true; done
    wait
    rm -rf "$FOLDER"
}
trap finish EXIT
trap 'exit 0' INT TERM

# begin NAME COMMAND…: runs it in a group of its own, so that Ctrl-C is ours alone; its output goes to a file.
begin() {
    local name=$1
    shift
    setsid "$@" >"$FOLDER/$name.out" 2>&1 &
    PIDS+=("$!")
}

# started NAME COMMAND…: waits until it succeeds.
started() {
    local name=$1
    shift
    for ((look = 0; look < LOOKS; look++)); do
        if "$@" >/dev/null 2>&1; then return; fi
        if ! kill -0 "${PIDS[-1]}" 2>/dev/null; then break; fi
        sleep "$LOOK_SECONDS"
    done
    echo "$name does not start:" >&2
    cat "$FOLDER/$name.out" >&2
    exit 1
}

begin redis redis-server --port 0 --unixsocket "$FOLDER/redis.sock" --dir "$FOLDER" \
    --save '' --appendonly yes --appendfsync always --maxmemory-policy noeviction
started redis redis-cli -s "$FOLDER/redis.sock" ping

sed -E "s#listen 8080;#listen 127.0.0.1:$PORT;#" "$HERE/nginx.conf" >"$FOLDER/nginx.conf"
for ((hub = 1; hub <= HUBS; hub++)); do
    begin "hub$hub" "$BIN" --listen "127.0.0.1:$((PORT + hub))" --redis "redis+unix://$FOLDER/redis.sock" \
        --open "$@"
    started "hub$hub" grep -q 'listening on' "$FOLDER/hub$hub.out"
    sed -i "s#hub$hub:8080#127.0.0.1:$((PORT + hub))#" "$FOLDER/nginx.conf"
done

# What an ordinary user's nginx needs, and must not be in the file for a machine of its own.
{
    echo "pid $FOLDER/nginx.pid;"
    sed "s#^http {#http { client_body_temp_path $FOLDER/body; proxy_temp_path $FOLDER/proxy; \
fastcgi_temp_path $FOLDER/fastcgi; uwsgi_temp_path $FOLDER/uwsgi; scgi_temp_path $FOLDER/scgi;#" "$FOLDER/nginx.conf"
} >"$FOLDER/own.conf"
begin nginx nginx -p "$FOLDER" -e stderr -c "$FOLDER/own.conf" -g 'daemon off;'
started nginx curl -qsf --noproxy '*' "http://127.0.0.1:$PORT/healthz"

echo "http://localhost:$PORT is nginx before three hubs; Ctrl-C ends them all"
for ((hub = 1; hub <= HUBS; hub++)); do
    echo "  hub $hub: http://localhost:$((PORT + hub)), process ${PIDS[hub]}, log $FOLDER/hub$hub.out"
done
echo "  Redis: redis-cli -s $FOLDER/redis.sock, process ${PIDS[0]}"
wait "${PIDS[0]}"
echo "Redis has ended" >&2
exit 1
