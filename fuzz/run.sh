#!/usr/bin/env bash
# Fuzzes the parsers with libFuzzer, one after the other, for a while each. Inputs that reach something new are kept
# in target/fuzz/corpus for the next time; one that fails is kept in target/fuzz/artifacts, and ends the run.
# cargo-fuzz is installed below target/, by cargo, and a C++ compiler by apt, if they are missing. It takes no
# nightly compiler: the library has no unsafe code that a sanitizer would have to watch.
#
# usage: fuzz/run.sh [TARGET...]      FUZZ_SECONDS says how long each takes (600 unless set)
#        fuzz/run.sh TARGET FILE...   runs these inputs, and nothing else
set -eu
cd "$(dirname "$0")"

CARGO_FUZZ=0.13.1
TRIPLE=$(rustc -vV | sed -n 's/^host: //p')
PLACE=${CARGO_TARGET_DIR:-../target}/fuzz
TOOLS=${CARGO_TARGET_DIR:-../target}/tools
# An input that takes longer, in seconds, is a fault of its own, and so is one that takes more MiB.
SLOW_SECONDS=10
MOST_MIB=2048
# Heads end at 8 KiB.
INPUT_BYTES=10000

../tests/apt.sh "command -v g++" g++
if ! [[ -x $TOOLS/bin/cargo-fuzz ]]; then
    echo "run.sh: installing cargo-fuzz $CARGO_FUZZ below $TOOLS" >&2
    cargo install --quiet --debug --locked --root "$TOOLS" "cargo-fuzz@$CARGO_FUZZ"
fi
"$TOOLS/bin/cargo-fuzz" build --fuzz-dir . --target-dir "$PLACE" --sanitizer none

fuzz() {
    local target=$1
    shift
    mkdir -p "$PLACE/corpus/$target" "$PLACE/artifacts/$target"
    "$PLACE/$TRIPLE/release/$target" -timeout="$SLOW_SECONDS" -rss_limit_mb="$MOST_MIB" -max_len="$INPUT_BYTES" \
        -artifact_prefix="$PLACE/artifacts/$target/" "$@"
}

if (($# > 1)) && [[ -e $2 ]]; then
    fuzz "$@"
    exit
fi
(($#)) || set -- $(cd targets && printf '%s\n' *.rs | sed 's/\.rs$//')
for target; do
    echo "fuzz: $target for ${FUZZ_SECONDS:-600} s"
    fuzz "$target" -dict=dict -use_value_profile=1 -max_total_time="${FUZZ_SECONDS:-600}" -print_final_stats=1 -verbosity=0 \
        "$PLACE/corpus/$target" "seeds/$target"
    # What was found before, and again, is kept once.
    rm -rf "$PLACE/minimal" && mkdir "$PLACE/minimal"
    fuzz "$target" -merge=1 -verbosity=0 "$PLACE/minimal" "$PLACE/corpus/$target"
    rm -rf "$PLACE/corpus/$target" && mv "$PLACE/minimal" "$PLACE/corpus/$target"
    echo "fuzz: $target found nothing; its corpus has $(ls "$PLACE/corpus/$target" | wc -l) inputs"
done
