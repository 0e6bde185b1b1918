# The image: its last stage is made with buildah, without a daemon, and run in its own root. The stage that
# compiles needs an image from elsewhere, so the binary that is tested here takes its place.
source "$(dirname "$0")/lib.sh"

images() { buildah --root "$TMP/images" --runroot "$TMP/run" --storage-driver vfs "$@"; }
# Folders that belong to others and mounts must be gone before $TMP is.
trap 'images rm --all >/dev/null 2>&1; finish' EXIT

mkdir -p "$TMP/build/out/data"
cp "$BIN" "$TMP/build/out/ssehub"
images build --isolation chroot --format docker --build-context build="$TMP/build" -t ssehub "$HERE/../.." >"$TMP/log" 2>&1
check "the image is made" 0 $?

container=$(images from --isolation chroot --pull-never ssehub)
root=$(images mount "$container")
config() { images inspect --format "{{$1}}" "$container"; }
check "its user has no rights" 65532:65532 "$(config .Docker.Config.User)"
check "its command" "[/ssehub]" "$(config .Docker.Config.Entrypoint)"
check "its port" "map[8080/tcp:{}]" "$(config .Docker.Config.ExposedPorts)"
check "its volume" "map[/data:{}]" "$(config .Docker.Config.Volumes)"
check "its health" "[CMD /ssehub health]" "$(config .Docker.Config.Healthcheck.Test)"
check "what is in it" "/data /ssehub" "$(cd "$root" && find . -mindepth 1 -printf '/%P\n' | grep -vE '^/(dev|etc|proc|run|sys)(/|$)' | sort | xargs)"

# The binary in its root, with its user and its environment, but a port of ours.
CONTAINED=(env -i PATH="$PATH" SSEHUB_DATA=/data/log.redb chroot --userspec=65532:65532 "$root" /ssehub)
matches "the environment of the image" "SSEHUB_DATA=/data/log.redb" "$(config .Docker.Config.Env)"
LOG=$TMP/server
"${CONTAINED[@]}" --listen 127.0.0.1:0 2>"$LOG" &
PIDS+=($!)
wait_until grep -q 'listening on http://' "$LOG" || check "it starts" listening "$(cat "$LOG")"
URL=$(sed -n 's/.*listening on \(http:.*\)/\1/p' "$LOG")
check "it publishes" 200 "$(status -d hello "$URL/events/a")"
check "its log is in the volume" 65532 "$(stat -c %u "$root/data/log.redb")"
"${CONTAINED[@]}" health "$URL"
check "it asks for its own health" 0 $?
kill "${PIDS[-1]}"
check_exit "it ends" 0 "${PIDS[-1]}"

# in_it VARIABLE=VALUE…: the server with these settings in its environment, and its health by them.
in_it() {
    LOG=$(mktemp "$TMP/server.XXXX")
    env "$@" chroot --userspec=65532:65532 "$root" /ssehub 2>"$LOG" &
    PIDS+=($!)
    wait_until grep -q 'listening on ' "$LOG" || check "it starts with $*" listening "$(cat "$LOG")"
    env "$@" chroot --userspec=65532:65532 "$root" /ssehub health
    check "its health with $*" 0 $?
    kill "${PIDS[-1]}"
    check_exit "it ends with $*" 0 "${PIDS[-1]}"
}
matches "the port of the image, which a platform may change" "PORT=8080" "$(config .Docker.Config.Env)"
in_it "PORT=${URL##*:}"
in_it "PORT=${URL##*:}" SSEHUB_ALLOWED_HOST=hub.example
in_it SSEHUB_LISTEN=unix:/data/hub.sock SSEHUB_ALLOWED_HOST='*.hub.example'
