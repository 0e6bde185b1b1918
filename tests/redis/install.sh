#!/bin/sh
# Installs the Redis that the tests of logs start by themselves, if it is missing, with apt-get.
set -eu

command -v redis-server > /dev/null && exit
as_root=$([ "$(id -u)" = 0 ] || echo sudo)
# Only its program is needed: no service shall start.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" > /dev/null
  $as_root chmod +x "$policy"
  trap '$as_root rm -f "$policy"' EXIT
fi
"$(dirname "$0")/../apt.sh" false redis-server
