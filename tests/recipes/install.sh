#!/usr/bin/env bash
# Installs what the recipes need and is missing: Debian packages with apt-get, the rest beside this file.
set -eu
cd "$(dirname "$0")"

# The command that shows that a Debian package is there, and the package.
NEEDED=(
    "command -v curl" curl
    "command -v jq" jq
    "command -v php" php-cli
    "command -v go" golang-go
    "command -v node" nodejs
    "command -v npm" npm
    "python3 -c 'import venv, ensurepip'" python3-venv
    "command -v nginx" nginx
    "command -v caddy" caddy
    "command -v haproxy" haproxy
)
# Debian starts nginx, caddy and haproxy as services at once.
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
