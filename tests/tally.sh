# Runs test files and adds up what they say: for the run.sh of each folder.
passed=0 failed=0
# How many run at one time; most of their time they wait. What cannot be run beside others of its folder says 1.
AT_ONCE=${AT_ONCE:-$(nproc)}

# run_files FILE…: of the folder at hand; what they say comes in their order.
run_files() {
    local file output said
    said=$(mktemp -d)
    printf '%s\0' "$@" | SAID=$said xargs -0 -P "$AT_ONCE" -I '{}' bash -c 'bash "$1" >"$SAID/$1"; true' bash '{}'
    for file in "$@"; do
        output=$(<"$said/$file")
        # The last line reads `N passed, N failed`; a file that has not got so far has failed.
        if [[ ${output##*$'\n'} =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
            passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
        else
            failed=$((failed + 1))
        fi
        printf '%s\n' "== ${file%.test.sh}" "$output"
    done
    rm -rf "$said"
}

# close: the sum of all files, and whether none has failed.
close() {
    echo "$passed passed, $failed failed"
    ((failed == 0))
}
