package io.rivulet.cluster.ownership;

/** Owned by the ownership thread. What has happened since the start. */
final class Counters {
  long takeOvers;
  long failedTakeOvers;
  long handedOver;
  long ended;
  long lostClaims;
  long lostSessions;
  long plans;

  OwnershipStats.Counted now() {
    return new OwnershipStats.Counted(
        takeOvers, failedTakeOvers, handedOver, ended, lostClaims, lostSessions, plans);
  }
}
