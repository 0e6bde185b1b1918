#!/usr/bin/env bash
# Installs what the tests of packages need and is missing, with apt-get.
set -eu

# The command that shows that a Debian package is there, and the package.
NEEDED=(
    "command -v curl" curl
    "command -v tmux" tmux
    "command -v zsh" zsh
    "command -v fish" fish
    "command -v mandoc" mandoc
    "command -v mmdebstrap" mmdebstrap
    "command -v buildah" buildah
    "command -v xz" xz-utils
    "command -v groff && test -e /usr/share/groff/current/tmac/an.tmac" groff
)
missing=()
for ((i = 0; i < ${#NEEDED[@]}; i += 2)); do
    eval "${NEEDED[i]}" >/dev/null 2>&1 || missing+=("${NEEDED[i + 1]}")
done
if ((${#missing[@]})); then
    echo "installing ${missing[*]} with apt-get" >&2
    as_root=$( ((EUID == 0)) || echo sudo)
    { $as_root apt-get update && $as_root apt-get install -y --no-install-recommends "${missing[@]}"; } >&2
fi
