#!/usr/bin/env bash
# Runs every test file against the real binary and adds up what they say.
# SSEHUB_BIN names the binary; target/release/ssehub unless it is set.
SSEHUB_BIN=$(realpath "${SSEHUB_BIN:-$(dirname "$0")/../../target/release/ssehub}")
export SSEHUB_BIN
[[ -x $SSEHUB_BIN ]] || { echo "there is no $SSEHUB_BIN" >&2; exit 2; }
cd "$(dirname "$0")" || exit 2
missing=()
for tool in curl openssl python3; do command -v "$tool" >/dev/null || missing+=("$tool"); done
if ((${#missing[@]})); then
    echo "installing ${missing[*]} with apt-get" >&2
    as_root=$( ((EUID == 0)) || echo sudo)
    $as_root apt-get update && $as_root apt-get install -y --no-install-recommends "${missing[@]}" || exit 2
fi
passed=0 failed=0

for file in *.test.sh; do
    output=$(bash "$file")
    # The last line reads `N passed, N failed`; a file that has not got so far has failed.
    if [[ ${output##*$'\n'} =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
    else
        failed=$((failed + 1))
    fi
    printf '%s\n' "== ${file%.test.sh}" "$output"
done

echo "$passed passed, $failed failed"
((failed == 0))
