#!/bin/sh
# Builds dist/ssehub: one file, stripped, statically linked, for this machine's architecture.
# Against musl where its Rust target is installed, else against a static glibc.
#
# usage: deploy/dist.sh        CARGO_TARGET_DIR and RUSTFLAGS are honoured
set -eu
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
musl=$(echo "$host" | sed 's/-gnu/-musl/')
if [ -d "$(rustc --print sysroot)/lib/rustlib/$musl/lib" ]; then
    target=$musl
else
    target=$host
fi

# With --target, even the host's own, build scripts and macros are not built with these flags: they
# cannot be static.
RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static" \
    cargo build --locked --release --bin ssehub --target "$target"

mkdir -p dist
cp "${CARGO_TARGET_DIR:-target}/$target/release/ssehub" dist/ssehub

linked=$(LC_ALL=C ldd dist/ssehub 2>&1) || true
echo "dist/ssehub: $target, $(wc -c <dist/ssehub) bytes, $(echo $linked)"
# The words of glibc's ldd for a static position-independent program, for another, and of musl's.
case $linked in
*"statically linked"* | *"not a dynamic executable"* | *"Not a valid dynamic program"*) ;;
*)
    echo "dist.sh: dist/ssehub is not static" >&2
    exit 1
    ;;
esac
