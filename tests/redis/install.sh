#!/bin/sh
# Installs the Redis that the tests of logs start by themselves, if it is missing, with apt-get.
set -eu

command -v redis-server > /dev/null && exit
echo "installing redis-server with apt-get" >&2
as_root=$([ "$(id -u)" = 0 ] || echo sudo)
$as_root apt-get update
# Only its program is needed: no service shall start.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" > /dev/null
  $as_root chmod +x "$policy"
  trap '$as_root rm -f "$policy"' EXIT
fi
$as_root apt-get install -y --no-install-recommends redis-server
