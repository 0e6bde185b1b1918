# What every test of a recipe uses: what those with curl use, and the blocks of the page.
HERE=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
source "$HERE/../curl/lib.sh"

# Node looks for packages beside the file that it runs.
ln -s "$HERE/node_modules" "$TMP/node_modules"

# block HEADING FILE: writes the first block under that heading of the page to a file, for our server.
block() {
    awk -v heading="$1" '
        /^```/ { if (wanted && inside) exit; inside = !inside; next }
        !inside && /^#+ / { wanted = substr($0, index($0, " ") + 1) == heading; next }
        wanted && inside' "$HERE/../../docs/recipes.md" |
        sed -E "s#(localhost|127\.0\.0\.1):8080#127.0.0.1:$PORT#g" >"$2"
    [[ -s $2 ]] || check "docs/recipes.md has a block under '$1'" "a block" ""
    echo "$1" >>"${USED:-/dev/null}"
}

# run_block FILE: runs a block by what its name ends with.
run_block() {
    case $1 in
        *.sh) exec bash "$1" ;;
        *.py) exec "$HERE/.venv/bin/python" "$1" ;;
        *.mjs) exec node "$1" ;;
        *.php) exec php "$1" ;;
        *.go) exec go run "$1" ;;
    esac
}

# publish TOPIC DATA [QUERY]: the position that the event is given.
publish() { get --data-binary "$2" "$URL/events/$1${3-}" | sed 's/^{"id":"\([^"]*\)".*/\1/'; }
