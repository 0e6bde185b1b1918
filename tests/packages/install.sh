#!/usr/bin/env bash
# Installs what the tests of packages need and is missing, with apt-get.
set -eu
cd "$(dirname "$0")"

# The command that shows that a Debian package is there, and the package.
NEEDED=(
    "command -v curl" curl
    "command -v openssl" openssl
    "command -v tmux" tmux
    "command -v zsh" zsh
    "command -v fish" fish
    "command -v mandoc" mandoc
    "command -v mmdebstrap" mmdebstrap
    "command -v buildah" buildah
    "command -v xz" xz-utils
    "command -v systemd-nspawn" systemd-container
    "test -e /usr/share/groff/current/tmac/an.tmac && command -v groff" groff
)
# What binaries for other machines are made and run with. Not every machine has them; the test says so.
WANTED=(
    "command -v qemu-aarch64-static" qemu-user-static
    "command -v aarch64-linux-gnu-gcc" gcc-aarch64-linux-gnu
    "test -e /usr/aarch64-linux-gnu/include/assert.h" libc6-dev-arm64-cross
    "command -v arm-linux-gnueabihf-gcc" gcc-arm-linux-gnueabihf
    "test -e /usr/arm-linux-gnueabihf/lib/libc.a" libc6-dev-armhf-cross
)

../apt.sh "${NEEDED[@]}"
../apt.sh "${WANTED[@]}" || echo "some of it could not be installed" >&2
