package io.rivulet.server.demo.gateway;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Owned by one thread. Makes up a phase's requests: as much work as the workers can do in its time,
 * most of it in the first third, so that something waits from then on to the end. The same seed
 * makes the same requests.
 *
 * <p>One tenant floods in four bursts. The others send a little all the time, and each once a burst
 * of its own, for which they need more than their share for a while.
 */
final class Traffic {
  private static final double[] FLOODS = {0.02, 0.10, 0.18, 0.26};
  private static final double FLOOD_LENGTH = 0.03;
  private static final double BURST_AT = 0.30;
  private static final double BURST_LENGTH = 0.01;

  /** Between these a light tenant sends nothing but its burst. */
  private static final double QUIET_FROM = 0.28;

  private static final double QUIET_TO = 0.45;
  private static final double LAST = 0.92;

  private final SplittableRandom random;
  private final double lengthNanos;
  private final double work;
  private final List<Arrival> arrivals = new ArrayList<>();

  private Traffic(long seed, double work, Duration length) {
    random = new SplittableRandom(seed);
    lengthNanos = length.toNanos();
    this.work = work;
  }

  /**
   * The requests of a phase in the order of their time.
   *
   * @param work in tokens
   * @param length in which the workers can do it
   */
  static List<Arrival> make(long seed, double work, Duration length) {
    Traffic traffic = new Traffic(seed, work, length);
    for (double at : FLOODS) {
      traffic.add(Caller.ACME, at, at + FLOOD_LENGTH, 0.70 / FLOODS.length);
    }
    traffic.addLight(Caller.BOLT, 0.06, 0.08);
    traffic.addLight(Caller.CLEO, 0.03, 0.08);
    traffic.add(Caller.VIP, 0.03, LAST, 0.05);
    traffic.arrivals.sort(Comparator.comparingLong(Arrival::atNanos));
    return List.copyOf(traffic.arrivals);
  }

  private void addLight(Caller caller, double burst, double steady) {
    double before = QUIET_FROM / (QUIET_FROM + LAST - QUIET_TO);
    add(caller, 0, QUIET_FROM, steady * before);
    add(caller, BURST_AT, BURST_AT + BURST_LENGTH, burst);
    add(caller, QUIET_TO, LAST, steady * (1 - before));
  }

  /** Spreads this part of the whole work over a part of the time. */
  private void add(Caller caller, double from, double to, double part) {
    double left = part * work;
    while (left > 0) {
      int cost = cost(caller);
      double at = from + random.nextDouble() * (to - from);
      arrivals.add(new Arrival(caller, (long) (at * lengthNanos), cost));
      left -= cost;
    }
  }

  private int cost(Caller caller) {
    return switch (caller) {
      case ACME -> random.nextInt(30, 120);
      case BOLT, CLEO -> random.nextInt(10, 60);
      case VIP -> random.nextInt(20, 40);
    };
  }
}
