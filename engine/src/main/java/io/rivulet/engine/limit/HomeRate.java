package io.rivulet.engine.limit;

import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.scheduling.TokenBucket;
import java.util.HashMap;
import java.util.Map;

/** Owned by one thread. The one bucket of a rate, out of which all get their parts. */
final class HomeRate {
  /** Who has not asked for so long wants nothing. */
  private static final long WANTS_MILLIS = 3 * LimitDesk.PERIOD_MILLIS;

  private record Want(double amount, long atMillis) {}

  private final Map<String, Want> wants = new HashMap<>(4);
  private Rate rate;
  private TokenBucket bucket;
  private long askedMillis;

  /**
   * Makes one.
   *
   * @param isQuiet whether nothing passed for a while; else nobody knows
   */
  HomeRate(Rate rate, boolean isQuiet, long nowMillis) {
    this.rate = rate;
    bucket = bucket(rate, isQuiet ? (double) rate.burst() : 0, nowMillis);
  }

  /** Holds what comes until everybody has asked, or the rate could not be reached. */
  private static TokenBucket bucket(Rate rate, double tokens, long nowMillis) {
    double late = rate.perSecond() * 2 * LimitDesk.PERIOD_MILLIS / 1000;
    long most = (long) Math.min(Rate.MAX_BURST, (double) rate.burst() + Math.ceil(late));
    return TokenBucket.holding(new Rate(rate.perSecond(), most), tokens, nowMillis);
  }

  double allot(String asker, LimitAsk.OfRate ask, long nowMillis) {
    if (!ask.rate().equals(rate)) {
      rate = ask.rate();
      bucket = bucket(rate, 0, nowMillis);
    }
    askedMillis = nowMillis;
    wants.values().removeIf(each -> nowMillis - each.atMillis > WANTS_MILLIS);
    Want before = wants.put(asker, new Want(ask.wanted(), nowMillis));
    // What came since it asked last is shared with the others; what is left over, too.
    double sinceMillis =
        (double) (before == null ? LimitDesk.PERIOD_MILLIS : nowMillis - before.atMillis);
    double supply = Math.max(rate.perSecond() * sinceMillis / 1000, bucket.tokens(nowMillis));
    double[] all = wants.values().stream().mapToDouble(Want::amount).toArray();
    return bucket.takeUpTo(nowMillis, Fair.part(supply, ask.wanted(), all));
  }

  long askedMillis() {
    return askedMillis;
  }
}
