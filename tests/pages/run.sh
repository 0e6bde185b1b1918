#!/usr/bin/env bash
# Runs the commands of the documentation's pages against the real binary, and looks whether they print what the pages
# say. Installs what is missing, or fails. SSEHUB_BIN names the binary; target/release/ssehub unless it is set.
# Arguments name the pages; all of them unless there are any.
SSEHUB_BIN=$(realpath "${SSEHUB_BIN:-$(dirname "$0")/../../target/release/ssehub}")
export SSEHUB_BIN
[[ -x $SSEHUB_BIN ]] || { echo "there is no $SSEHUB_BIN" >&2; exit 2; }
DOCS=$(realpath "$(dirname "$0")/../../docs")
PAGES=(../README getting-started http-api browser mercure commands configuration operations security tls troubleshooting)
# Pages that other tests run: tests/packages.
ELSEWHERE=(install)

"$(dirname "$0")/../apt.sh" "command -v curl" curl "command -v python3" python3 "command -v ss" iproute2 \
    "command -v openssl" openssl || exit 2

# The server reads its settings from the environment, too; none of ours shall reach it.
BIN=$SSEHUB_BIN
unset "${!SSEHUB_@}"
# Everything is on this machine; no proxy of the user's stands between.
export no_proxy='*' NO_PROXY='*'
failed=0
if (($#)); then
    PAGES=("$@")
else
    for page in $(cd "$DOCS" && grep -l '^ *```console' -- *.md); do
        if [[ " ${PAGES[*]} ${ELSEWHERE[*]} " != *" ${page%.md} "* ]]; then
            echo "FAILED nothing runs the commands of $page"
            failed=$((failed + 1))
        fi
    done
fi
for page in "${PAGES[@]}"; do
    python3 "$(dirname "$0")/page.py" "$BIN" "$DOCS/$page.md" || failed=$((failed + 1))
done
((failed == 0))
