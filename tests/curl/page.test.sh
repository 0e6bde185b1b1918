# The page and its files: types, entity tags, protection, and a folder in their place.
source "$(dirname "$0")/lib.sh"
STATIC=$(dirname "$0")/../../static
start

for target in / /pages/sse /index.html; do
    get "$URL$target" | cmp - "$STATIC/index.html"
    check "$target is the page" 0 $?
    check "$target: type" "text/html; charset=utf-8" "$(field content-type "$URL$target")"
    matches "$target: policy" "default-src 'self'" "$(field content-security-policy "$URL$target")"
done
while read -r target type; do
    get "$URL$target" | cmp - "$STATIC$target"
    check "$target" 0 $?
    check "$target: type" "$type" "$(field content-type "$URL$target")"
    check "$target: to be asked for" no-cache "$(field cache-control "$URL$target")"
    check "$target: not guessed" nosniff "$(field x-content-type-options "$URL$target")"
done <<END
/css/site.css text/css; charset=utf-8
/js/sse.page.js text/javascript; charset=utf-8
/favicon.svg image/svg+xml
END
# Every file that the page names is there.
for target in $(get "$URL/" | grep -oE '(src|href)="/?[a-z][^"]*"' | sed 's/.*="\/*//;s/"//'); do
    check "the page's $target" 200 "$(status "$URL/$target")"
done
for script in "$STATIC"/js/*.js; do
    check "${script##*/}" 200 "$(status "$URL/js/${script##*/}")"
done

tag=$(field etag "$URL/css/site.css")
matches "a tag" '^"[0-9a-f]{16}"$' "$tag"
check "the same on the next" "$tag" "$(field etag "$URL/css/site.css")"
check "another for another file" yes "$([[ $tag != "$(field etag "$URL/")" ]] && echo yes)"
for known in "$tag" "W/$tag" "\"x\", $tag" '*'; do
    check "a copy known by $known" 304 "$(status -H "If-None-Match: $known" "$URL/css/site.css")"
done
check "no body, no length" 0 "$(get -D - -H "If-None-Match: $tag" "$URL/css/site.css" | grep -ci '^content-length\|^[^:]*{')"
check "the tag again" "$tag" "$(field etag -H "If-None-Match: $tag" "$URL/css/site.css")"
check "an old copy" 200 "$(status -H 'If-None-Match: "0"' "$URL/css/site.css")"
for target in /js /js/ /css/site.css/ /static/index.html //index.html /Cargo.toml '/index.html%00'; do
    check "$target is not there" 404 "$(status "$URL$target")"
done
check "nor what is above" 400 "$(status --path-as-is "$URL/../Cargo.toml")"
check "nor with escapes" 400 "$(status --path-as-is "$URL/css/%2e%2e/%2e%2e/Cargo.toml")"

mkdir -p "$TMP/site/css"
echo "one" >"$TMP/site/index.html"
echo "secret" >"$TMP/site/secret.txt"
start --static-dir "$TMP/site"
check "a folder's page" one "$(get "$URL/")"
tag=$(field etag "$URL/")
echo "two" >"$TMP/site/index.html"
check "as it is now" two "$(get -H "If-None-Match: $tag" "$URL/")"
check "a file that it has not" 404 "$(status "$URL/css/site.css")"
check "a file that is none of the page's" 404 "$(status "$URL/secret.txt")"
check "the chat goes on" '{"succeeded":true,"message":"OK"}' "$(say hello)"

files=$(cd "$STATIC" && echo debug.html css/debug.css js/debug/*.js)
start
for target in debug $files; do
    check "/$target is not there unless it is asked for" 404 "$(status "$URL/$target")"
done
start --debug-page yes
get "$URL/debug" | cmp - "$STATIC/debug.html"
check "/debug" 0 $?
matches "/debug: policy" "default-src 'self'" "$(field content-security-policy "$URL/debug")"
for target in $files; do
    check "/$target" 200 "$(status "$URL/$target")"
done
check "/debug knows no POST" 405 "$(status -d x "$URL/debug")"
