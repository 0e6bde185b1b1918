#!/bin/sh
# Builds dist/ssehub: one file, stripped, statically linked; for this machine's architecture unless others
# are named, which are dist/ssehub-arm64 and so on.
#
# It is linked with musl, whose Rust target is installed with rustup. Where that cannot be had, it is linked
# with glibc, and what has neither is not built, which the end says. Other architectures need a C compiler:
# apt install gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf libc6-dev-armhf-cross.
#
# usage: deploy/dist.sh [x86-64|arm64|armv7]...        CARGO_TARGET_DIR and RUSTFLAGS are honoured;
#                                                 FEATURES adds features
set -eu
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
# Relocations take a tenth of the room in this form, which glibc reads since 2.36 and musl since 1.2.4.
flags="-C link-arg=-Wl,-z,pack-relative-relocs"
# The tables by which a panic finds its way are smaller where functions keep a frame pointer; what it costs is
# lost in what cannot be measured, and profilers see who called whom.
flags="$flags -C force-frame-pointers=yes"
# Only small functions are put where they are called from: the bound that "s" has, for what is not compiled for
# size, too. That is most of what is saved here, for a twentieth of what a publish takes: docs/benchmarks.md.
flags="$flags -C llvm-args=-inline-threshold=50"
# A panic names its place by the crate, and not by where this machine keeps it.
for sources in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/; do
    case $sources in *[[:space:]*]*) ;; *) flags="$flags --remap-path-prefix=$sources=" ;; esac
done
# Functions that came out alike are kept once, if the toolchain brings the linker for that.
lld=$(rustc --print sysroot)/lib/rustlib/$host/bin/gcc-ld
if [ -x "$lld/ld.lld" ]; then
    flags="$flags -C link-arg=-B$lld -C link-arg=-fuse-ld=lld -C link-arg=-Wl,--icf=all"
fi

# The target of an architecture.
target_of() {
    case $1 in
    x86-64) echo x86_64-unknown-linux-musl ;;
    arm64) echo aarch64-unknown-linux-musl ;;
    armv7) echo armv7-unknown-linux-musleabihf ;;
    *)
        echo "dist.sh: x86-64, arm64 or armv7 is expected, and not $1" >&2
        exit 2
        ;;
    esac
}

# The C compiler for a target, which also links. ring has C and assembly, which need no C library, so that of
# glibc does.
compiler_of() {
    case $1 in
    "$host" | "$(echo "$host" | sed 's/-gnu.*/-musl/')"*) command -v musl-gcc || command -v "${CC:-cc}" ;;
    x86_64-*) command -v x86_64-linux-gnu-gcc ;;
    aarch64-*) command -v aarch64-linux-gnu-gcc ;;
    armv7-*) command -v arm-linux-gnueabihf-gcc ;;
    esac
}

# Whether Rust's library is there for a target, now.
has_library() {
    library=$(rustc --print sysroot)/lib/rustlib/$1/lib
    if [ ! -d "$library" ] && command -v rustup >/dev/null; then
        echo "dist.sh: installing $1 with rustup" >&2
        rustup target add "$1" >&2 || true
    fi
    [ -d "$library" ]
}

# build TARGET FILE
build() {
    compiler=$(compiler_of "$1") || {
        echo "dist.sh: there is no C compiler for $1" >&2
        return 1
    }
    name=$(echo "$1" | tr - _)
    linker=$compiler
    # Rust brings what musl needs to be linked, and musl-gcc would bring it again.
    case $linker in *musl-gcc) linker=${CC:-cc} ;; esac
    # A target that is named, even the host's own, keeps these flags from build scripts and procedural
    # macros, which cannot be static.
    env "CC_$name=$compiler" "CARGO_TARGET_$(echo "$name" | tr '[:lower:]' '[:upper:]')_LINKER=$linker" \
        RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static $flags" \
        cargo build --locked --release --bin ssehub --features "${FEATURES:-}" --target "$1" || return 1
    built=${CARGO_TARGET_DIR:-target}/$1/release/ssehub
    # A program that wants a loader, or a library, names it.
    if readelf --wide --program-headers --dynamic "$built" | grep -qE 'INTERP|NEEDED'; then
        echo "dist.sh: $built is not static" >&2
        return 1
    fi
    mkdir -p dist
    # Also while the one before is running, which `cp` could not write to.
    install "$built" "$2" || return 1
    echo "$2: $(wc -c <"$2") bytes, $1, static"
}

case $host in
x86_64-*) own=x86-64 ;;
aarch64-*) own=arm64 ;;
armv7*) own=armv7 ;;
*) own= ;;
esac
failed=
[ $# -gt 0 ] || set -- "${own:-$host}"
for architecture in "$@"; do
    target=$host file=dist/ssehub
    if [ "$architecture" != "$host" ]; then
        target=$(target_of "$architecture")
    fi
    [ "$architecture" = "${own:-$host}" ] || file=dist/ssehub-$architecture
    if [ "$target" != "$host" ] && ! has_library "$target"; then
        echo "dist.sh: Rust's library for $target cannot be had here; linking with glibc" >&2
        target=$(echo "$target" | sed 's/-musl/-gnu/')
        if [ "$target" != "$host" ] && ! has_library "$target"; then
            echo "dist.sh: nor can that for $target; $file is NOT built" >&2
            failed="$failed $architecture"
            continue
        fi
    fi
    build "$target" "$file" || failed="$failed $architecture"
done
[ -z "$failed" ] || { echo "dist.sh: not built:$failed" >&2; exit 1; }
