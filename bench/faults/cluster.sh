#!/usr/bin/env bash
# Three nodes on this machine, each in a network of its own, and what is done to them; needs root and
# Debian's packages iproute2, iptables and faketime.
#
#   bench/faults/cluster.sh random [MINUTES] [SEED]   faults at random under load, all checked; 30 minutes
#   bench/faults/cluster.sh failover                  how long shards stand still: kills, restarts, a fourth node
#   bench/faults/cluster.sh retention                 how room is given back
#   bench/faults/cluster.sh steps "kill a b 5; part a c 10"   these faults, one after the other
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd -P)
logs=${LOGS:-$root/bench/target/cluster-logs}

run() {
  "$root/mvnw" -f "$root/pom.xml" verify -pl bench -am -Plong -Dtest="$1" \
    -Dsurefire.failIfNoSpecifiedTests=false -Drivulet.faults.logs="$logs" "${@:2}"
}

case "${1:-}" in
  random)
    run 'RandomFaultsCrashTest#whatWasAcknowledgedHoldsForHalfAnHourWhateverHappens' \
      -Drivulet.faults.minutes="${2:-30}" ${3:+-Drivulet.faults.seed="$3"}
    ;;
  steps)
    run 'RandomFaultsCrashTest#whatWasAcknowledgedHoldsForTwoMinutesWhateverHappens' \
      -Drivulet.faults="$2"
    ;;
  failover) run FailoverFiguresTest ;;
  retention) run RetentionFiguresTest ;;
  *)
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
