#!/usr/bin/env bash
# The crash test with power losses instead of kills: the server's data is on an ext4 of its own in a
# file, which is shut down without its unsynced data (FS_IOC_GOINGDOWN) and mounted again.
#
#   bench/faults/power-loss.sh [ROUNDS]      20 rounds unless told; needs root, gcc, mkfs.ext4
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd -P)

# "off" and "on" are called by the test itself, at its random moments.
if [ "${1:-}" = off ]; then
  exec "$WORK/go-down" "$WORK/disk"
elif [ "${1:-}" = on ]; then
  # A killed process may hold its files for a moment longer.
  for _ in $(seq 100); do
    umount "$WORK/disk" 2>/dev/null && break
    sleep 0.1
  done
  exec mount -o loop "$WORK/disk.img" "$WORK/disk"
fi

rounds=${1:-20}
WORK=$(mktemp -d)
export WORK
trap 'umount "$WORK/disk" 2>/dev/null || true; rm -rf "$WORK"' EXIT

cat >"$WORK/go-down.c" <<'C'
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

/* FS_IOC_GOINGDOWN is ext4's and xfs's "shutdown" ioctl; 2 = without flushing the journal. */
int main(int count, char **arguments) {
  uint32_t how = 2;
  int folder = open(arguments[1], O_RDONLY);
  if (count != 2 || folder < 0 || ioctl(folder, _IOR('X', 125, uint32_t), &how) != 0) {
    perror("go-down");
    return 1;
  }
  return 0;
}
C
gcc -O1 -o "$WORK/go-down" "$WORK/go-down.c"
truncate -s 4G "$WORK/disk.img"
mkfs.ext4 -q "$WORK/disk.img"
mkdir "$WORK/disk"
mount -o loop "$WORK/disk.img" "$WORK/disk"

"$root/mvnw" -f "$root/pom.xml" verify -pl bench -am -Plong \
  '-Dtest=KillUnderLoadCrashTest#whatWasAcknowledgedHoldsAfterPowerLosses' \
  -Dsurefire.failIfNoSpecifiedTests=false -Drivulet.crash.rounds="$rounds" \
  -Drivulet.crash.folder="$WORK/disk" -Drivulet.crash.power="$root/bench/faults/power-loss.sh"
