#!/bin/sh
# Prints the licence of ssehub and those of the crates that are linked into its binary, as their licences
# ask of whoever hands the binary on. A text that several crates have stands there once.
#
# usage: deploy/notices.sh
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
host=$(rustc -vV | sed -n 's/^host: //p')
cargo tree --locked --edges normal,no-proc-macro --prefix none --target "$host" --no-dedupe \
    --format '{p}|{l}' | grep -v '^ssehub ' | sort -u >"$work/crates"

while IFS='|' read -r crate licence; do
    name=${crate%% *} version=${crate##* v}
    folder=
    for found in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"$name-$version"; do
        [ -d "$found" ] && folder=$found
    done
    [ -n "$folder" ] || { echo "notices.sh: the source of $crate is not there; cargo fetch" >&2; exit 1; }
    case $licence in
    # Where there is a choice, the shorter text.
    *MIT*) texts=$(find "$folder" -maxdepth 1 -iname 'licen[cs]e*mit*') ;;
    *) texts= ;;
    esac
    [ -n "$texts" ] || texts=$(find "$folder" -maxdepth 1 -type f \
        \( -iname 'licen[cs]e*' -o -iname 'copying*' -o -iname 'notice*' -o -iname 'unlicense*' \))
    if [ -z "$texts" ]; then
        echo "$name $version ($licence)" >>"$work/bare"
        continue
    fi
    printf '%s\n' "$texts" | sort | while read -r text; do
        sum=$(tr -d '\r' <"$text" | sha256sum | cut -d ' ' -f 1)
        tr -d '\r' <"$text" >"$work/$sum.text"
        echo "$name $version ($licence)" >>"$work/$sum.names"
    done
done <"$work/crates"

line() { printf '\n%s\n\n' '------------------------------------------------------------------------'; }

cat <<'END'
ssehub, Copyright (c) 2026 The ssehub authors, under the MIT licence or the Apache licence, version 2.0, as
you like.

The binary is statically linked. It holds the Rust standard library (MIT or Apache-2.0; Copyright (c) The Rust
Project contributors), a C library (musl: MIT; Copyright (c) 2005-2020 Rich Felker, et al.; or, if it was
built against that, glibc: LGPL-2.1 or later), and the crates below, each under the licence that is named
behind it. The source of each, as it was used, is at https://crates.io/crates/NAME/VERSION.
END
line
cat LICENSE-MIT
for names in "$work"/*.names; do
    line
    sort -u "$names"
    echo
    cat "${names%.names}.text"
done
if [ -s "$work/bare" ]; then
    line
    echo "These crates come without a text of their licence:"
    sort -u "$work/bare"
fi
line
echo "The Apache licence, version 2.0, is in /usr/share/common-licenses/Apache-2.0 on Debian."
