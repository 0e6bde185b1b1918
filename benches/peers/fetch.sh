#!/bin/sh
# Fetches or builds the peers into target/peers; what cannot be had is said, and left out.
#
# Nothing is installed on the system and no service is started. What is there already is kept:
# delete target/peers to start anew. SKIP_FETCH=1 builds only what needs no network.
set -u

here=$(cd "$(dirname "$0")" && pwd)
cache=$here/../target/peers
mkdir -p "$cache/bin"
cache=$(cd "$cache" && pwd)

DURABLE_STREAMS_VERSION=0.1.5
MERCURE_VERSION=latest

say() { printf '%-16s %s\n' "$1" "$2"; }

# attempt NAME FUNCTION: runs FUNCTION unless bin/NAME is there, and says what came of it.
attempt() {
    name=$1 build=$2
    [ -x "$cache/bin/$name" ] && { say "$name" "there already"; return; }
    if [ "${SKIP_FETCH:-0}" = 1 ] && [ "$name" != article-go ]; then
        say "$name" "MISSING: not fetched, as asked"
        return
    fi
    if (cd "$cache" && $build) >"$cache/$name.log" 2>&1 && [ -x "$cache/bin/$name" ]; then
        say "$name" "ready"
    else
        say "$name" "MISSING: $(grep -v '^ *$' "$cache/$name.log" | tail -n 1 | tr -d '\t')"
    fi
}

article() {
    cd "$here/article-go" && go build -o "$cache/bin/article-go" .
}

durable_streams() {
    cargo install durable-streams --version "$DURABLE_STREAMS_VERSION" --locked --root "$cache"
}

# The distribution's packages, unpacked instead of installed, so that no service is set up.
nginx_nchan() {
    mkdir -p packages nginx
    (cd packages && apt-get download nginx libnginx-mod-nchan) || return 1
    for package in packages/*.deb; do
        dpkg-deb -x "$package" nginx || return 1
    done
    # The module insists on making its body folder below this one, whatever the configuration says.
    [ -d /var/lib/nginx ] || mkdir -p /var/lib/nginx || return 1
    ln -sf ../nginx/usr/sbin/nginx bin/nginx
}

# The command's own go.mod has a `replace`, which `go install` refuses; a module around it does not.
mercure() {
    mkdir -p mercure && cd mercure || return 1
    [ -f go.mod ] || go mod init mercure-for-the-benchmark || return 1
    go get "github.com/dunglas/mercure/caddy@$MERCURE_VERSION" || return 1
    go build -o "$cache/bin/mercure" github.com/dunglas/mercure/caddy/mercure
}

attempt article-go article
attempt durable-streams-server durable_streams
if command -v nginx >/dev/null && [ -f /usr/lib/nginx/modules/ngx_nchan_module.so ]; then
    say nginx "installed on the system"
else
    attempt nginx nginx_nchan
fi
attempt mercure mercure
exit 0
