#!/bin/sh
# Runs the workspace's tests; the last line sums up what cargo's own lines say.
#
#   tools/test.sh [ARGUMENT of cargo test]...
set -u

log=$(mktemp)
trap 'rm -f "$log" "$log.status"' EXIT

{ cargo test --workspace --no-fail-fast "$@" 2>&1; echo $? >"$log.status"; } | tee "$log"
status=$(cat "$log.status")

awk '/^test result: / { passed += $4; failed += $6 }
     /^skipped: / { print; skipped += 1 }
     END { printf "%d passed, %d failed", passed, failed
           if (skipped) printf ", %d without their data", skipped
           print "" }' "$log"
exit "$status"
