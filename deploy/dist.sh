#!/bin/sh
# Builds dist/ssehub: one file, stripped, statically linked, for this machine's architecture;
# against musl, whose target is installed with rustup if it can be, else against glibc.
#
# usage: deploy/dist.sh        CARGO_TARGET_DIR and RUSTFLAGS are honoured
set -eu
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
musl=$(echo "$host" | sed 's/-gnu/-musl/')
library=$(rustc --print sysroot)/lib/rustlib/$musl/lib
if [ ! -d "$library" ] && command -v rustup >/dev/null; then
    echo "dist.sh: installing $musl with rustup" >&2
    rustup target add "$musl" || echo "dist.sh: it cannot be had; building against glibc" >&2
fi
if [ -d "$library" ]; then
    target=$musl
    # ring has C and assembly, which need no C library: without a compiler for musl, the machine's own
    # does.
    compiler=CC_$(echo "$musl" | tr - _)
    if ! command -v musl-gcc >/dev/null; then
        export "$compiler=${CC:-cc}"
    fi
else
    target=$host
fi
# Relocations take a tenth of the room in this form, which glibc reads since 2.36 and musl since 1.2.4.
packed="-C link-arg=-Wl,-z,pack-relative-relocs"

# A target that is named, even the host's own, keeps these flags from build scripts and procedural
# macros, which cannot be static.
RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static $packed" \
    cargo build --locked --release --bin ssehub --target "$target"
built=${CARGO_TARGET_DIR:-target}/$target/release/ssehub

# What the ldd of glibc says of a static program, position-independent or not, and that of musl.
verdict=$(LC_ALL=C ldd "$built" 2>&1) || true
case $verdict in
*"statically linked"* | *"not a dynamic executable"* | *"Not a valid dynamic program"*) ;;
*)
    echo "dist.sh: $built is not static: $verdict" >&2
    exit 1
    ;;
esac

mkdir -p dist
cp "$built" dist/ssehub
echo "dist/ssehub: $(wc -c <dist/ssehub) bytes, $target," $verdict
