#!/usr/bin/env bash
# Installs Debian packages that are missing, with apt-get, and says so. Who wants some at the same time waits.
#
# usage: apt.sh SIGN PACKAGE...        SIGN is a command that succeeds where the package is
set -eu
PATH=$PATH:/usr/sbin:/sbin

missing=()
while (($#)); do
    eval "$1" >/dev/null 2>&1 || missing+=("$2")
    shift 2
done
((${#missing[@]})) || exit 0

# What is there is known for an hour.
KNOWN=/var/cache/apt/pkgcache.bin
as_root=$( ((EUID == 0)) || echo sudo)
exec 9>"${TMPDIR:-/tmp}/ssehub-apt.lock"
flock 9
# Others may install something, too, and a mirror may not answer at first.
PATIENT=(-o DPkg::Lock::Timeout=600 -o Acquire::Retries=5)
echo "installing ${missing[*]} with apt-get" >&2
[[ $(find "$KNOWN" -mmin -60 2>/dev/null) ]] || $as_root apt-get "${PATIENT[@]}" update >&2
$as_root apt-get "${PATIENT[@]}" install -y --no-install-recommends "${missing[@]}" >&2
