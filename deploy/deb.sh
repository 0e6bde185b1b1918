#!/bin/sh
# Builds dist/ssehub_VERSION_ARCHITECTURE.deb around dist/ssehub, which deploy/dist.sh makes if it is not there.
# cargo-deb is installed below target/, by cargo, if it is missing.
#
# usage: deploy/deb.sh [VERSION [FOLDER]]        the version of Cargo.toml, and dist, unless they are given;
#                                                SSEHUB_BIN names another binary, and
#                                                CARGO_DEB_FLAGS more options
set -eu
cd "$(dirname "$0")/.."

CARGO_DEB=3.8.0
tools=target/tools
if ! [ -x $tools/bin/cargo-deb ]; then
    echo "deb.sh: installing cargo-deb $CARGO_DEB below $tools" >&2
    cargo install --quiet --locked --no-default-features --root $tools cargo-deb@$CARGO_DEB
fi

binary=${SSEHUB_BIN:-dist/ssehub}
[ -x "$binary" ] || deploy/dist.sh
staged=target/package
mkdir -p $staged
cp "$binary" $staged/ssehub
# A package has a place for the log, so that a restart loses nothing.
sed 's|^#\(data = .*\)|\1|' deploy/ssehub.conf.example >$staged/ssehub.conf
grep -q '^data = ' $staged/ssehub.conf
deploy/notices.sh >$staged/copyright

version=${1-} folder=${2:-dist}
mkdir -p "$folder"
# shellcheck disable=SC2086
$tools/bin/cargo-deb ${CARGO_DEB_FLAGS-} --no-build --no-strip ${version:+--deb-version="$version"} --output "$folder/"
