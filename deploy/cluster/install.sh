#!/usr/bin/env bash
# Installs what is named and missing, with apt-get, and says so: a command and its Debian package by turns.
set -eu
PATH=$PATH:/usr/sbin:/sbin

missing=()
while (($#)); do
    command -v "$1" >/dev/null || missing+=("$2")
    shift 2
done
((${#missing[@]})) || exit 0
echo "installing ${missing[*]} with apt-get; Debian starts nginx and Redis as services at once" >&2
as_root=$( ((EUID == 0)) || echo sudo)
if ! { $as_root apt-get update && $as_root apt-get install -y --no-install-recommends "${missing[@]}"; } >&2; then
    echo "${missing[*]} could not be installed" >&2
    exit 1
fi
