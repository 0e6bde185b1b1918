#!/bin/sh
# Writes dist/ssehub.cdx.json: the crates in the binary, with versions, licences and checksums, as CycloneDX 1.5.
# cargo-cyclonedx is installed below target/, by cargo, if it is missing.
#
# usage: deploy/sbom.sh
set -eu
cd "$(dirname "$0")/.."

CARGO_CYCLONEDX=0.5.9
tools=target/tools
if ! [ -x $tools/bin/cargo-cyclonedx ]; then
    echo "sbom.sh: installing cargo-cyclonedx $CARGO_CYCLONEDX below $tools" >&2
    cargo install --quiet --debug --locked --root $tools cargo-cyclonedx@$CARGO_CYCLONEDX
fi

host=$(rustc -vV | sed -n 's/^host: //p')
$tools/bin/cargo-cyclonedx cyclonedx --format json --spec-version 1.5 --target "$host" \
    --no-build-deps --override-filename ssehub.cdx
mkdir -p dist
mv ssehub.cdx.json dist/ssehub.cdx.json
echo "dist/ssehub.cdx.json: $(grep -c '"purl"' dist/ssehub.cdx.json) components"
