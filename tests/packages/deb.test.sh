# The Debian package in a clean root: installed, started, upgraded, removed, purged.
source "$(dirname "$0")/lib.sh"
((EUID == 0)) || { check "a user who may install" root "$USER"; exit; }

ROOT=$TMP/root
mmdebstrap --quiet --variant=minbase --include=adduser,procps "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$ROOT" >"$TMP/log" 2>&1
check "a clean root" 0 $?
within() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$ROOT" "$@"; }
# What is in the root, but for what apt and the user database write about themselves.
contents() { (cd "$ROOT" && find . -xdev | grep -vE '^./(dev|proc|sys|tmp|run|var/(log|cache|lib/dpkg)|etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$)' | sort); }

SSEHUB_BIN=$BIN CARGO_DEB_FLAGS=--fast "$DEPLOY/deb.sh" 1.0.0-1 "$TMP/debs" >>"$TMP/log" 2>&1
check "the package is made" 0 $?
cp "$TMP"/debs/*.deb "$ROOT/tmp/1.0.0-1.deb"
# The same again as a newer version.
dpkg-deb --raw-extract "$TMP"/debs/*.deb "$TMP/newer"
sed -i 's/^Version: .*/Version: 1.0.1-1/' "$TMP/newer/DEBIAN/control"
dpkg-deb --root-owner-group -Znone --build "$TMP/newer" "$ROOT/tmp/1.0.1-1.deb" >>"$TMP/log"

contents >"$TMP/before"
cp "$ROOT/etc/passwd" "$TMP/passwd"
within dpkg --install /tmp/1.0.0-1.deb >"$TMP/install" 2>&1
check "it is installed" 0 $?
for file in usr/bin/ssehub etc/ssehub/ssehub.conf usr/share/man/man1/ssehub.1.gz usr/share/doc/ssehub/copyright \
    usr/share/bash-completion/completions/ssehub usr/share/zsh/vendor-completions/_ssehub \
    usr/share/fish/vendor_completions.d/ssehub.fish lib/systemd/system/ssehub.service lib/systemd/system/ssehub.socket \
    lib/systemd/system/ssehub-redirect.socket usr/share/doc/ssehub/examples/grafana.json \
    usr/share/doc/ssehub/examples/prometheus/rules.yml; do
    check "it has /$file" "" "$([[ -s $ROOT/$file || -s $ROOT/usr/$file ]] || echo missing)"
done
check "its user" "/var/lib/ssehub:/usr/sbin/nologin" "$(within getent passwd ssehub | cut -d : -f 6-)"
check "the folder of the log" "ssehub ssehub 700" "$(within stat -c '%U %G %a' /var/lib/ssehub)"
check "it starts with the machine" "ssehub.service" "$(ls "$ROOT/etc/systemd/system/multi-user.target.wants" | grep ssehub)"
check "and systemd listens for it" "ssehub.socket" "$(ls "$ROOT/etc/systemd/system/sockets.target.wants" | grep ssehub)"
check "its files are its own" "" "$(within dpkg --verify ssehub)"
matches "whose crates are in it" "redb [0-9.]* \(MIT OR Apache-2.0\)" "$(cat "$ROOT/usr/share/doc/ssehub/copyright")"

ADDED=$ROOT/usr/lib/systemd/system/ssehub.service.d/package.conf
COMMAND=$(sed -n 's/^ExecStart=//p' "$ADDED" | tail -n 1)
check "the user of its unit" ssehub "$(sed -n 's/^User=//p' "$ADDED")"
check "the command of its unit" "/usr/bin/ssehub --config /etc/ssehub/ssehub.conf" "$COMMAND"
check "the settings are good" "the settings are good" \
    "$(within setpriv --reuid ssehub --regid ssehub --clear-groups ${COMMAND/ --config/ check --config} 2>&1)"

# run: starts what the unit starts, as its user, on a port of ours.
run() {
    LOG=$(mktemp "$TMP/log.XXXX")
    # Each of these becomes the next, so that the server is our child.
    # shellcheck disable=SC2086
    env -i PATH="$PATH" SSEHUB_LISTEN=127.0.0.1:0 chroot "$ROOT" setpriv --reuid ssehub --regid ssehub --clear-groups $COMMAND 2>"$LOG" &
    PID=$!
    PIDS+=("$PID")
    wait_until grep -q 'listening on http://' "$LOG" || check "it starts" listening "$(cat "$LOG")"
    URL=$(sed -n 's/.*listening on \(http:.*\)/\1/p' "$LOG")
}
# stop: as systemd does.
stop() {
    kill "$PID"
    check_exit "it stops" 0 "$PID"
}
kept() { get "$URL/events/a?format=poll&last_event_id=earliest&wait=0" | grep -o '"data":"[^"]*"'; }
run
check "it is well" '{"status":"ok"}' "$(get "$URL/healthz")"
check "it publishes" 200 "$(status -d hello "$URL/events/a")"
stop

echo 'idle = "9s"' >>"$ROOT/etc/ssehub/ssehub.conf"
within dpkg --install /tmp/1.0.1-1.deb >"$TMP/upgrade" 2>&1 </dev/null
check "it is upgraded" 0 $?
check "to the version" 1.0.1-1 "$(within dpkg-query -W -f '${Version}' ssehub)"
check "its configuration is as it was left" 'idle = "9s"' "$(tail -n 1 "$ROOT/etc/ssehub/ssehub.conf")"
run
check "the log is as it was left" '"data":"hello"' "$(kept)"
stop

within dpkg --remove ssehub >"$TMP/remove" 2>&1
check "it is removed" 0 $?
check "the binary is gone" "" "$(ls "$ROOT/usr/bin/ssehub" 2>/dev/null)"
check "the configuration and the log are not" "/etc/ssehub/ssehub.conf /var/lib/ssehub/log.redb" \
    "$(within ls /etc/ssehub/ssehub.conf /var/lib/ssehub/log.redb | xargs)"
within dpkg --purge ssehub >"$TMP/purge" 2>&1
check "it is purged" 0 $?
contents >"$TMP/after"
check "nothing is left" "" "$(diff "$TMP/before" "$TMP/after")"
check "no user is left" "" "$(diff "$TMP/passwd" "$ROOT/etc/passwd")"
