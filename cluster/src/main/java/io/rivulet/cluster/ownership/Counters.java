package io.rivulet.cluster.ownership;

/** Owned by the ownership thread. What has happened since the start. */
final class Counters {
  long takeOvers;
  long takeOverMillis;
  long failedTakeOvers;
  long handedOver;
  long moves;
  long moveStallMillis;
  long movesGivenUp;
  long ended;
  long lostClaims;
  long lostSessions;
  long plans;

  OwnershipStats.Counted now() {
    return new OwnershipStats.Counted(
        takeOvers,
        takeOverMillis,
        failedTakeOvers,
        handedOver,
        moves,
        moveStallMillis,
        movesGivenUp,
        ended,
        lostClaims,
        lostSessions,
        plans);
  }
}
