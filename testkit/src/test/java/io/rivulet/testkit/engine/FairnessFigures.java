package io.rivulet.testkit.engine;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.topic.TopicType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What three orders do for the same tenants under a simulated clock, in which a message takes as
 * many milliseconds as it costs: first come first served, a turn for each tenant, and by cost.
 *
 * <p>Prints one JSON line per order. A turn for each tenant is what the scheduler does if it is not
 * told what messages cost.
 */
public final class FairnessFigures {
  private static final int TENANTS = 20;
  private static final int MESSAGES = 1500;
  private static final long WINDOW_MILLIS = 20_000;

  /** The real cost where the scheduler is not told. */
  private static final String HIDDEN_COST = "hidden-cost";

  private final ScheduledShard shard = new ScheduledShard(5);
  private final boolean isCostKnown;
  private final Map<String, Long> sentMillis = new HashMap<>();
  private final Map<String, Long> served = new HashMap<>();
  private final List<Double> fairness = new ArrayList<>();
  private final List<Long> lightWaits = new ArrayList<>();

  private FairnessFigures(boolean isCostKnown) {
    this.isCostKnown = isCostKnown;
  }

  public static void main(String[] arguments) {
    new FairnessFigures(true).run("first come first served", Scheduling.PLAIN);
    new FairnessFigures(false).run("a turn for each", ScheduledShard.fair(Map.of()));
    new FairnessFigures(true).run("by cost", ScheduledShard.fair(Map.of()));
  }

  private void run(String order, Scheduling scheduling) {
    shard.topic("jobs", TopicType.NORMAL);
    shard.group(scheduling);
    shard.follow("jobs");
    // Loads that differ a hundredfold in messages, costs that differ two hundredfold.
    for (int i = 0; i < MESSAGES; i++) {
      int tenant = (int) (TENANTS * Math.pow(shard.random.nextDouble(), 2));
      send("t" + tenant, tenant % 2 == 0 ? 200 : 1 + shard.random.nextInt(100));
    }
    long nextLight = now();
    long windowEnd = now() + WINDOW_MILLIS;
    while (true) {
      if (now() >= nextLight) {
        send("light", 100);
        nextLight += 5_000;
      }
      List<DeliveredMessage> taken = shard.take("jobs", "w", 1);
      if (taken.isEmpty() || lightWaits.size() >= 30) {
        break;
      }
      serve(taken.getFirst());
      shard.acknowledge(taken);
      if (now() >= windowEnd) {
        fairness.add(jain());
        served.clear();
        windowEnd += WINDOW_MILLIS;
      }
    }
    lightWaits.sort(null);
    System.out.printf(
        "{\"order\": \"%s\", \"jain_first_window\": %.3f, \"light_waits\": %d,"
            + " \"light_wait_p50_ms\": %d, \"light_wait_p99_ms\": %d}%n",
        order,
        fairness.getFirst(),
        lightWaits.size(),
        lightWaits.get(lightWaits.size() / 2),
        lightWaits.get(lightWaits.size() * 99 / 100));
  }

  private long now() {
    return shard.driver.clock.nanos() / 1_000_000;
  }

  private void send(String tenant, int cost) {
    Map<String, String> properties = ScheduledShard.properties(tenant, isCostKnown ? cost : 1);
    properties.put(HIDDEN_COST, Integer.toString(cost));
    sentMillis.put(shard.send(shard.message("jobs").properties(properties)).messageId(), now());
  }

  private void serve(DeliveredMessage message) {
    Map<String, String> properties = message.message().message().properties();
    int cost =
        Integer.parseInt(
            properties.getOrDefault(
                HIDDEN_COST, properties.getOrDefault(Demand.COST_PROPERTY, "1")));
    String tenant = ScheduledShard.tenantOf(message);
    if (tenant.equals("light")) {
      lightWaits.add(now() - sentMillis.getOrDefault(message.message().message().id(), now()));
    } else {
      served.merge(tenant, (long) cost, Long::sum);
    }
    shard.driver.pass(cost);
  }

  /** Over all tenants with a backlog; one that got nothing counts. */
  private double jain() {
    double sum = 0;
    double squares = 0;
    for (int tenant = 0; tenant < TENANTS; tenant++) {
      double share = served.getOrDefault("t" + tenant, 0L);
      sum += share;
      squares += share * share;
    }
    return sum * sum / (TENANTS * squares);
  }
}
