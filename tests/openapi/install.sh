#!/usr/bin/env bash
# Installs what the description's test needs and is missing: Debian packages with apt-get, the rest beside this file.
set -eu
cd "$(dirname "$0")"

if ! { command -v curl && python3 -c 'import venv, ensurepip'; } >/dev/null 2>&1; then
    echo "installing curl and python3-venv with apt-get" >&2
    as_root=$( ((EUID == 0)) || echo sudo)
    { $as_root apt-get update && $as_root apt-get install -y --no-install-recommends curl python3-venv; } >&2
fi
# The folder holds a copy of the list that it was made from, put there last.
if ! cmp -s requirements.txt .venv/made-from; then
    rm -rf .venv
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt >&2
    cp requirements.txt .venv/made-from
fi
