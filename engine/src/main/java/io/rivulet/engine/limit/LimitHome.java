package io.rivulet.engine.limit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Owned by one thread. Keeps count of limits that several shards have in common, and shares out
 * what they allow. Nothing of it is durable: a home that begins anew knows of nothing, gives of
 * rates what comes from then on, and of numbers what is known to be free after a moment.
 */
public final class LimitHome {
  /** Of each kind; which was not asked for for longest is forgotten first. */
  static final int MAX_LIMITS = 65_536;

  /** A limit that was not asked for for so long has nothing outstanding. */
  static final long QUIET_MILLIS = 10_000;

  private final LongSupplier clock;
  private final long sinceMillis;
  private final Map<LimitName, HomeRate> rates = bounded();
  private final Map<LimitName, HomePermits> permits = bounded();

  /**
   * Makes a home that knows of nothing.
   *
   * @param clock milliseconds that never go back
   */
  public LimitHome(LongSupplier clock) {
    this.clock = clock;
    sinceMillis = clock.getAsLong();
  }

  private static <T> Map<LimitName, T> bounded() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1;

      @Override
      protected boolean removeEldestEntry(Map.Entry<LimitName, T> eldest) {
        return size() > MAX_LIMITS;
      }
    };
  }

  /**
   * What the asker gets, in the order of what it asked for.
   *
   * @param asker tells those apart who have the limits in common
   */
  public List<Allotment> allot(String asker, List<LimitAsk> asks) {
    long now = clock.getAsLong();
    List<Allotment> answers = new ArrayList<>(asks.size());
    for (LimitAsk ask : asks) {
      double amount =
          switch (ask) {
            case LimitAsk.OfRate rate -> rate(rate, now).allot(asker, rate, now);
            case LimitAsk.OfConcurrency number -> permits(number, now).allot(asker, number, now);
          };
      answers.add(Allotment.of(ask.limit(), amount));
    }
    return answers;
  }

  private HomeRate rate(LimitAsk.OfRate ask, long now) {
    HomeRate known = rates.get(ask.limit());
    if (known != null && now - known.askedMillis() <= QUIET_MILLIS) {
      return known;
    }
    boolean isQuiet = ask.beginsFull() || now - sinceMillis > QUIET_MILLIS;
    HomeRate made = new HomeRate(ask.rate(), isQuiet, now);
    rates.put(ask.limit(), made);
    return made;
  }

  private HomePermits permits(LimitAsk.OfConcurrency ask, long now) {
    HomePermits known = permits.get(ask.limit());
    if (known != null && now - known.askedMillis() <= QUIET_MILLIS) {
      return known;
    }
    HomePermits made = new HomePermits(sinceMillis + HomePermits.GRACE_MILLIS);
    permits.put(ask.limit(), made);
    return made;
  }
}
