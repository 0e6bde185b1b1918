# docs/install.md from beginning to end, on a Debian of its own that systemd has started: the package, HTTPS, an
# upgrade, a backup, the purge, and the same without a package. Where no such machine can be started, that is said,
# and nothing of it is tested.
source "$(dirname "$0")/lib.sh"
((EUID == 0)) || { check "a user who may install" root "$USER"; exit; }

ROOT=$TMP/root
mmdebstrap --quiet --variant=minbase --include=systemd-sysv,adduser,procps,ca-certificates,curl \
    "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$ROOT" >"$TMP/log" 2>&1
check "a clean root" 0 $?

SSEHUB_BIN=$BIN CARGO_DEB_FLAGS=--fast "$DEPLOY/deb.sh" "" "$TMP/debs" >>"$TMP/log" 2>&1
check "the package is made" 0 $?
# By the names that the page has; the second is the first as a newer version.
cp "$TMP"/debs/*.deb "$ROOT/root/ssehub_0.1.0-1_amd64.deb"
dpkg-deb --raw-extract "$TMP"/debs/*.deb "$TMP/newer"
sed -i 's/^Version: .*/Version: 0.2.0-1/' "$TMP/newer/DEBIAN/control"
dpkg-deb --root-owner-group -Znone --build "$TMP/newer" "$ROOT/root/ssehub_0.2.0-1_amd64.deb" >>"$TMP/log"
cp "$BIN" "$ROOT/root/ssehub"
cp -r "$DEPLOY" "$ROOT/root/deploy"

# What the page takes for granted: the name leads there, and an authority that is known has given a certificate.
echo '127.0.0.1 localhost hub.example.com' >"$ROOT/etc/hosts"
new_key=(-nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1)
openssl req -x509 -days 30 -subj /CN=hub.example.com -addext subjectAltName=DNS:hub.example.com "${new_key[@]}" \
    -keyout "$ROOT/root/privkey.pem" -out "$ROOT/root/fullchain.pem" 2>/dev/null
cp "$ROOT/root/fullchain.pem" "$ROOT/usr/local/share/ca-certificates/hub.crt"
chroot "$ROOT" update-ca-certificates >>"$TMP/log" 2>&1
printf 'silent\nshow-error\nmax-time = 30\n' >"$ROOT/root/.curlrc"

# Its own network, processes and users of the system; nothing of it reaches this machine.
aside systemd-nspawn --quiet --register=no --keep-unit --private-network --directory="$ROOT" --boot \
    </dev/null >"$TMP/boot" 2>&1
# The first process in there.
leader() { pgrep -P "$ASIDE" -x systemd >"$TMP/leader"; }
WITHIN=(--all env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive)
within() { nsenter -t "$(<"$TMP/leader")" "${WITHIN[@]}" "$@"; }
# A machine takes its time to start, and a service that hangs to be noticed.
is_up() { leader && [[ $(within systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]; }
is_up_or_not() { is_up || ended "$ASIDE"; }
trap 'kill -TERM "$ASIDE"; wait_until ended "$ASIDE"; finish' EXIT
wait_until is_up_or_not
if ! is_up; then
    echo "skipped: systemd cannot be started here: $(tail -n 1 "$TMP/boot")"
    exit
fi

python3 "$HERE/../pages/page.py" "$BIN" "$HERE/../../docs/install.md" \
    nsenter -t "$(<"$TMP/leader")" "${WITHIN[@]}" bash --norc -c 'cd; exec bash --norc' >"$TMP/page"
check "the page does what it says" 0 $?
cat "$TMP/page"

# systemd and the server: what is left from the page is the service without a package.
property() { within systemctl show --property "$1" --value ssehub; }
check "systemd calls it active" active "$(property ActiveState)"
check "it has said that it is ready" notify "$(property Type)"
exposure=$(within systemd-analyze security ssehub | sed -n 's/.*exposure level.*: \([0-9.]*\).*/\1/p')
check "it is exposed to little" yes "$([[ $exposure =~ ^1\.[0-6]$ ]] && echo yes || echo "$exposure")"
pid=$(property MainPID)
within kill -STOP "$pid"
is_another() { [[ $(property ActiveState) == active && ! $(property MainPID) =~ ^(0|$pid)$ ]]; }
check "a server that hangs is replaced" yes "$(wait_until is_another && echo yes)"

# With the sockets that systemd holds nobody is refused.
check "systemd passes sockets" active "$(property ActiveState)"
# systemd starts nothing more than five times in ten seconds.
within systemctl reset-failed ssehub
for ((one = 0; one < 3; one++)); do
    within systemctl restart --no-block ssehub
    for ((two = 0; two < 5; two++)); do within curl -o /dev/null -w '%{http_code}\n' http://localhost:8080/healthz; done
done >"$TMP/answers" 2>&1
check "a restart refuses nobody" "15 200" "$(sort "$TMP/answers" | uniq -c | tr -s " \n" " " | sed "s/^ //; s/ \$//")"
within systemctl stop ssehub.socket ssehub
check "it ends well" success "$(property Result)"
