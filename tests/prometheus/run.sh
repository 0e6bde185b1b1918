#!/usr/bin/env bash
# What Prometheus makes of the metrics, the rules and the scrape configuration. Installs promtool by apt if it is
# missing. SSEHUB_BIN names the binary; target/release/ssehub unless it is set.
cd "$(dirname "$0")" || exit 2
# Debian starts it as a service at once.
../apt.sh "command -v promtool" prometheus || exit 2
source ../curl/lib.sh

RULES=$(realpath ../../deploy/prometheus)
start --admin-listen 127.0.0.1:0 --data "$TMP/log"
ADMIN=$(sed -n 's/.*metrics and health on //p' "$LOG")

for reader in 1 2; do listen "$TMP/reader$reader" "$URL/events/a"; done
for text in 1 2 3; do get --data-binary "$text" "$URL/events/a" >/dev/null; done
for reader in 1 2; do hears "$TMP/reader$reader" "data: 3"; done

# value NAME: of a metric by its name and labels.
value() { get "$ADMIN/metrics" | sed -n "s/^$1 //p"; }
check "three events" 3 "$(value ssehub_events_published_total)"
check "for two subscribers" 2 "$(value 'ssehub_subscribers{transport="text"}')"
check "are six deliveries" 6 "$(value ssehub_deliveries_total)"
check "in as many commits as publishers waited" 3 "$(value ssehub_log_commit_duration_seconds_count)"

get "$ADMIN/metrics" >"$TMP/metrics"
check "promtool reads the metrics" "" "$(promtool check metrics <"$TMP/metrics" 2>&1)"
sed 's/^ssehub_ready 1/ssehub_ready one/' "$TMP/metrics" >"$TMP/wrong"
check "and would find a mistake" 1 "$(promtool check metrics <"$TMP/wrong" >/dev/null 2>&1; echo $?)"

cp "$RULES/rules.yml" rules.test.yml "$TMP"
check "promtool reads the rules" 0 "$(promtool check rules "$RULES/rules.yml" >"$TMP/rules" 2>&1; echo $?)"
check "and the configuration" 0 "$(promtool check config "$RULES/prometheus.yml" >"$TMP/config" 2>&1; echo $?)"
check "the rules say what they should" 0 "$(promtool test rules "$TMP/rules.test.yml" >"$TMP/tested" 2>&1; echo $?)"
((FAILED == 0)) || cat "$TMP/rules" "$TMP/config" "$TMP/tested"
