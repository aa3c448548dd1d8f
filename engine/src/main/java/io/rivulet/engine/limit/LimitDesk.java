package io.rivulet.engine.limit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Owned by one thread. Where a shard's limits that it has in common with others say what they want.
 * Whoever asks for them is told that there is something to ask, collects it, asks the homes, and
 * brings the answers. What has no traffic wants nothing.
 */
public final class LimitDesk {
  /** How often a limit that has traffic asks. */
  public static final long PERIOD_MILLIS = 100;

  /** Asked for at a time; what is left is asked for next. */
  static final int MAX_ASKS = 1024;

  private final IntSupplier parts;
  private final LongSupplier clock;
  private final LongConsumer announce;

  /** Have something to ask for. */
  private final Map<LimitName, Limited> wanting = new LinkedHashMap<>();

  /** Were asked for and are not answered. */
  private final Map<LimitName, Limited> asked = new HashMap<>();

  private long announcedMillis = Long.MAX_VALUE;

  /**
   * Makes a desk.
   *
   * @param parts how many desks there are that have the same limits in common
   * @param clock milliseconds that never go back
   * @param announce told that there is something to {@link #collect}, after so many milliseconds
   */
  public LimitDesk(IntSupplier parts, LongSupplier clock, LongConsumer announce) {
    this.parts = parts;
    this.clock = clock;
    this.announce = announce;
  }

  int parts() {
    return parts.getAsInt();
  }

  void want(Limited limited, long delayMillis) {
    wanting.put(limited.limit, limited);
    announce(delayMillis);
  }

  private void announce(long delayMillis) {
    long at = clock.getAsLong() + delayMillis;
    if (at < announcedMillis) {
      announcedMillis = at;
      announce.accept(delayMillis);
    }
  }

  /** What is to be asked for now. Each must be {@linkplain #answered answered}. */
  public List<LimitAsk> collect() {
    announcedMillis = Long.MAX_VALUE;
    long now = clock.getAsLong();
    List<LimitAsk> asks = new ArrayList<>();
    Iterator<Limited> each = wanting.values().iterator();
    while (each.hasNext() && asks.size() < MAX_ASKS) {
      Limited limited = each.next();
      each.remove();
      LimitAsk ask = limited.ask(now);
      if (ask != null) {
        asks.add(ask);
        asked.put(limited.limit, limited);
      }
    }
    if (!wanting.isEmpty()) {
      announce(0);
    }
    return asks;
  }

  public void answered(List<Allotment> answers) {
    long now = clock.getAsLong();
    for (Allotment answer : answers) {
      Limited limited = asked.remove(answer.limit());
      if (limited != null) {
        limited.answered(answer, now);
      }
    }
  }
}
