#!/usr/bin/env bash
# Tests what is packaged: completions, the man page, the Debian package, the image; adds up what they say.
# Installs what is missing, or fails. SSEHUB_BIN names the binary; target/release/ssehub unless it is set.
# Arguments name the test files to run; all of them unless there are any.
SSEHUB_BIN=$(realpath "${SSEHUB_BIN:-$(dirname "$0")/../../target/release/ssehub}")
export SSEHUB_BIN
[[ -x $SSEHUB_BIN ]] || { echo "there is no $SSEHUB_BIN" >&2; exit 2; }
cd "$(dirname "$0")" || exit 2
./install.sh || { echo "what the tests need could not be installed" >&2; exit 2; }

# Everything is on this machine; no proxy of the user's stands between.
export no_proxy='*' NO_PROXY='*'
# Two packages at one time would be made in one folder.
AT_ONCE=1
source ../tally.sh
files=("$@")
(($#)) || files=(*.test.sh)

run_files "${files[@]}"

close
