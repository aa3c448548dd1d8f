package io.rivulet.testkit.engine;

import static io.rivulet.testkit.engine.ScheduledShard.costOf;
import static io.rivulet.testkit.engine.ScheduledShard.fair;
import static io.rivulet.testkit.engine.ScheduledShard.tenantOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.topic.TopicType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The figures that a fair order has to reach, with a worker that takes a message's cost in time.
 */
final class FairnessTest {
  private static final int TENANTS = 100;
  private static final int MAX_COST = 10_000;

  private final ScheduledShard shard = new ScheduledShard(7);

  private void begin(Scheduling scheduling) {
    shard.topic("jobs", TopicType.NORMAL);
    shard.group(scheduling);
    shard.follow("jobs");
  }

  private int cost() {
    // From 1 to 10,000, small ones more often.
    return (int) Math.pow(MAX_COST, shard.random.nextDouble());
  }

  private DeliveredMessage serveOne() {
    List<DeliveredMessage> taken = shard.take("jobs", "w", 1);
    assertThat(taken).hasSize(1);
    shard.acknowledge(taken);
    return taken.getFirst();
  }

  @Test
  void backloggedTenantsNeverDifferByMoreThanTwiceTheLargestCost() {
    begin(fair(Map.of()));
    Map<String, Integer> waiting = new HashMap<>();
    Map<String, Long> served = new HashMap<>();
    for (int i = 0; i < TENANTS; i++) {
      // Loads that differ a thousandfold; all have something waiting throughout.
      String tenant = "t" + i;
      int count = i == 0 ? 3000 : 60;
      for (int message = 0; message < count; message++) {
        shard.send("jobs", tenant, 1, cost());
      }
      waiting.put(tenant, count);
      served.put(tenant, 0L);
    }

    List<Long> inWindow = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      DeliveredMessage each = serveOne();
      served.merge(tenantOf(each), (long) costOf(each), Long::sum);
      if (waiting.merge(tenantOf(each), -1, Integer::sum) == 0) {
        break;
      }
      long most = served.values().stream().mapToLong(Long::longValue).max().orElseThrow();
      long least = served.values().stream().mapToLong(Long::longValue).min().orElseThrow();
      assertThat(most - least).isLessThanOrEqualTo(2L * MAX_COST);
      inWindow.add((long) costOf(each));
    }

    assertThat(inWindow).hasSizeGreaterThan(2000);
    assertThat(jain(served.values())).isGreaterThan(0.99);
  }

  private static double jain(Iterable<Long> shares) {
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (long share : shares) {
      sum += share;
      squares += (double) share * share;
      count++;
    }
    return sum * sum / (count * squares);
  }

  @Test
  void aLightTenantWaitsHardlyLongerThanAlone() {
    assertThat(lightWait(fair(Map.of()), true))
        .isLessThanOrEqualTo(2 * lightWait(fair(Map.of()), false));
    // Without fairness it stands behind the flood.
    assertThat(new FairnessTest().lightWait(Scheduling.PLAIN, true)).isGreaterThan(1000);
  }

  /** How many messages of cost 100 are served before a light tenant's is, at p99. */
  private long lightWait(Scheduling scheduling, boolean isFlooded) {
    ScheduledShard alone = new ScheduledShard(11);
    alone.topic("jobs", TopicType.NORMAL);
    alone.group(scheduling);
    alone.follow("jobs");
    if (isFlooded) {
      alone.send("jobs", "flood", 3000, 100);
    }
    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      alone.send("jobs", "light", 1, 100);
      long wait = 1;
      while (true) {
        List<DeliveredMessage> taken = alone.take("jobs", "w", 1);
        alone.acknowledge(taken);
        if (taken.isEmpty() || tenantOf(taken.getFirst()).equals("light")) {
          break;
        }
        wait++;
        if (wait > 2000) {
          return wait;
        }
      }
      waits.add(wait);
      // Ten messages' time passes until it sends again.
      for (int other = 0; other < 10; other++) {
        alone.acknowledge(alone.take("jobs", "w", 1));
      }
    }
    return waits.stream().sorted().toList().get(98);
  }

  @Test
  void whatReallyWasCostlyIsPaidBackBeforeTheKeyIsServedAgain() {
    begin(fair(Map.of()));
    shard.send("jobs", "a", 50, 10);
    shard.send("jobs", "b", 50, 10);
    List<DeliveredMessage> first = shard.take("jobs", "w", 1);
    assertThat(tenantOf(first.getFirst())).isEqualTo("a");
    assertThat(settle(first.getFirst().receiptHandle(), 100).isOk()).isTrue();

    List<String> order = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      order.add(tenantOf(serveOne()));
    }

    assertThat(order.subList(0, 10)).containsOnly("b");
    assertThat(order).contains("a");
  }

  @Test
  void whatWasCheaperIsGivenBackAndATwiceSettledCostCountsOnce() {
    begin(fair(Map.of()));
    shard.send("jobs", "a", 50, 100);
    shard.send("jobs", "b", 50, 100);
    DeliveredMessage first = serveOne();
    assertThat(tenantOf(first)).isEqualTo("a");
    // After the acknowledgement, and twice.
    assertThat(settle(first.receiptHandle(), 1).isOk()).isTrue();
    assertThat(settle(first.receiptHandle(), 1).isOk()).isTrue();

    assertThat(tenantOf(serveOne())).isEqualTo("b");
    assertThat(tenantOf(serveOne())).isEqualTo("a");
    assertThat(tenantOf(serveOne())).isEqualTo("b");
  }

  private Outcome<Integer> settle(String handle, int cost) {
    return shard.await(shard.shard().settle(handle, cost));
  }
}
