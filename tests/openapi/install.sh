#!/usr/bin/env bash
# Installs what the description's test needs and is missing: Debian packages with apt-get, the rest beside this file.
set -eu
cd "$(dirname "$0")"

../apt.sh "command -v curl" curl "python3 -c 'import venv, ensurepip'" python3-venv
# The folder holds a copy of the list that it was made from, put there last.
if ! cmp -s requirements.txt .venv/made-from; then
    rm -rf .venv
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt >&2
    cp requirements.txt .venv/made-from
fi
