# Runs test files and adds up what they say: for the run.sh of each folder.
passed=0 failed=0

# run_files FILE…: of the folder at hand.
run_files() {
    local file output
    for file in "$@"; do
        output=$(bash "$file")
        # The last line reads `N passed, N failed`; a file that has not got so far has failed.
        if [[ ${output##*$'\n'} =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
            passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
        else
            failed=$((failed + 1))
        fi
        printf '%s\n' "== ${file%.test.sh}" "$output"
    done
}

# close: the sum of all files, and whether none has failed.
close() {
    echo "$passed passed, $failed failed"
    ((failed == 0))
}
