package io.rivulet.engine.limit;

import java.util.HashMap;
import java.util.Map;

/** Owned by one thread. Who may hold how many of a number. */
final class HomePermits {
  /** Who has not asked for so long holds nothing; longer than he believes that he may. */
  static final long FORGET_MILLIS = Permits.EXPIRY_MILLIS + 1000;

  /** In this time everybody who holds something has asked a new home. */
  static final long GRACE_MILLIS = 5 * Permits.RENEWAL_MILLIS;

  /** What cannot be divided is one's for so long, and then another's who wants it. */
  static final long TURN_MILLIS = 1000;

  private static final long NO_TURN = -1;

  /**
   * Immutable. What one has.
   *
   * @param turnMillis since when he has one more than an equal part, if he has
   * @param lastTurnMillis when he had that last
   */
  private record Part(
      int permits, int used, int wanted, long atMillis, long turnMillis, long lastTurnMillis) {
    int outstanding() {
      return Math.max(permits, used);
    }

    /** Whose turn it is comes first, then who has waited longest. */
    long place(long nowMillis) {
      return turnMillis != NO_TURN && nowMillis - turnMillis < TURN_MILLIS
          ? Long.MIN_VALUE
          : lastTurnMillis;
    }
  }

  private static final Part NOTHING = new Part(0, 0, 0, 0, NO_TURN, NO_TURN);

  private final Map<String, Part> parts = new HashMap<>(4);
  private final long newUntilMillis;
  private long askedMillis;

  /**
   * Makes one.
   *
   * @param newUntilMillis until then nobody gets more than he has: others may have the rest
   */
  HomePermits(long newUntilMillis) {
    this.newUntilMillis = newUntilMillis;
  }

  int allot(String asker, LimitAsk.OfConcurrency ask, long nowMillis) {
    askedMillis = nowMillis;
    parts.values().removeIf(each -> nowMillis - each.atMillis > FORGET_MILLIS);
    Part before = parts.getOrDefault(asker, NOTHING);
    parts.remove(asker);
    int others = parts.values().stream().mapToInt(Part::outstanding).sum();
    double[] wants = new double[parts.size() + 1];
    int count = 0;
    for (Part each : parts.values()) {
      wants[count++] = each.wanted;
    }
    wants[count] = ask.wanted();
    double fair = Fair.part(ask.most(), ask.wanted(), wants);
    int whole = (int) Math.floor(fair);
    boolean isDivided = fair == whole;
    int wanted = isDivided || !isItsTurn(asker, before, ask, whole, nowMillis) ? whole : whole + 1;
    int permits = Math.min(wanted, Math.max(0, ask.most() - others));
    if (nowMillis < newUntilMillis) {
      permits = Math.min(permits, ask.held());
    }
    if (ask.wanted() > 0 || ask.used() > 0) {
      boolean hasTurn = !isDivided && permits > whole;
      long turn = !hasTurn ? NO_TURN : before.turnMillis == NO_TURN ? nowMillis : before.turnMillis;
      long last = hasTurn ? nowMillis : before.lastTurnMillis;
      parts.put(asker, new Part(permits, ask.used(), ask.wanted(), nowMillis, turn, last));
    }
    return permits;
  }

  /** Whether one of those that are left over when all have their whole parts is this one's. */
  private boolean isItsTurn(
      String asker, Part own, LimitAsk.OfConcurrency ask, int whole, long nowMillis) {
    int left = ask.most() - Math.min(ask.wanted(), whole);
    int before = 0;
    for (Map.Entry<String, Part> each : parts.entrySet()) {
      Part other = each.getValue();
      left -= Math.min(other.wanted, whole);
      int order = Long.compare(other.place(nowMillis), own.place(nowMillis));
      boolean isFirst = order < 0 || (order == 0 && each.getKey().compareTo(asker) < 0);
      before += other.wanted > whole && isFirst ? 1 : 0;
    }
    return before < left;
  }

  long askedMillis() {
    return askedMillis;
  }
}
