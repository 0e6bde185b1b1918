#!/usr/bin/env bash
# Installs the clients that are missing: Debian packages with apt-get, the rest beside this file.
set -eu
cd "$(dirname "$0")"

# The command that shows that a Debian package is there, and the package.
NEEDED=(
    "command -v curl" curl
    "command -v node" nodejs
    "command -v npm" npm
    "python3 -c 'import venv, ensurepip'" python3-venv
    "test -x ${CHROMIUM_BIN:-/usr/bin/chromium}" chromium
)
../apt.sh "${NEEDED[@]}"

# Each folder holds a copy of the list that it was made from, put there last.
if ! cmp -s package-lock.json node_modules/made-from; then
    npm ci --no-audit --no-fund >&2
    cp package-lock.json node_modules/made-from
fi
if ! cmp -s requirements.txt .venv/made-from; then
    rm -rf .venv
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt >&2
    cp requirements.txt .venv/made-from
fi
${CARGO:-cargo} build --quiet --locked --manifest-path rust/Cargo.toml --target-dir rust/target >&2
