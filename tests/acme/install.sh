#!/usr/bin/env bash
# Installs an authority of certificates to test with, and a name server for it: Pebble, by Let's Encrypt, from
# its sources with go, which comes by apt-get. Both stay in the folder that the first argument names.
set -eu
bin=$1
PEBBLE=github.com/letsencrypt/pebble/v2/cmd
VERSION=v2.10.3

"$(dirname "$0")/../apt.sh" "command -v curl" curl "command -v openssl" openssl "command -v go" golang-go
if [[ ! -x $bin/pebble || ! -x $bin/pebble-challtestsrv ]]; then
    echo "installing pebble $VERSION with go" >&2
    GOBIN=$bin go install "$PEBBLE/pebble@$VERSION" "$PEBBLE/pebble-challtestsrv@$VERSION" >&2
fi
