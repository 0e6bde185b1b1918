#!/usr/bin/env bash
# Starts the cluster of deploy/cluster on free ports and sees it lose a hub; checks the files for other places, and the
# nginx of docs/scaling.md that shares topics out.
# Installs redis-server, nginx, docker-compose and systemd by apt if they are missing. SSEHUB_BIN names the
# binary; target/release/ssehub unless it is set.
SSEHUB_BIN=$(realpath "${SSEHUB_BIN:-$(dirname "$0")/../../target/release/ssehub}")
export SSEHUB_BIN
[[ -x $SSEHUB_BIN ]] || { echo "there is no $SSEHUB_BIN" >&2; exit 2; }
cd "$(dirname "$0")" || exit 2
# Debian starts nginx as a service at once.
../redis/install.sh && ../apt.sh "command -v nginx" nginx "command -v curl" curl "command -v docker-compose" docker-compose \
    "command -v systemd-analyze" systemd || exit 2
source ../tally.sh
run_files cluster.test.sh topics.test.sh
close
