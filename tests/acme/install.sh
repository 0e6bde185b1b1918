#!/usr/bin/env bash
# Installs an authority of certificates to test with, and a name server for it: Pebble, by Let's Encrypt, from
# its sources with go, which comes by apt-get. Both stay in the folder that the first argument names.
set -eu
bin=$1
PEBBLE=github.com/letsencrypt/pebble/v2/cmd
VERSION=v2.10.3

missing=()
command -v curl >/dev/null || missing+=(curl)
command -v openssl >/dev/null || missing+=(openssl)
command -v go >/dev/null || missing+=(golang-go)
if ((${#missing[@]})); then
    echo "installing ${missing[*]} with apt-get" >&2
    as_root=$( ((EUID == 0)) || echo sudo)
    $as_root apt-get update >&2
    $as_root apt-get install -y --no-install-recommends "${missing[@]}" >&2
fi
if [[ ! -x $bin/pebble || ! -x $bin/pebble-challtestsrv ]]; then
    echo "installing pebble $VERSION with go" >&2
    GOBIN=$bin go install "$PEBBLE/pebble@$VERSION" "$PEBBLE/pebble-challtestsrv@$VERSION" >&2
fi
