package io.rivulet.cluster.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.limit.LimitName;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.PriorityRule;
import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.time.Clock;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a group may take, it may take once, although each of its shards hands out by itself. */
final class SharedLimitsTest {
  private static final int LITE_TOPICS = 24;

  private final ThreeNodes nodes;
  private final Engine a;
  private final Engine b;
  private final Clock clock = Clock.system();
  private int ids;

  SharedLimitsTest() throws IOException {
    nodes = new ThreeNodes();
    a = nodes.node(0);
    b = nodes.node(1);
  }

  @AfterEach
  void close() {
    nodes.close();
  }

  private static <T> T get(CompletableFuture<T> future) {
    try {
      return future.get(15, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static Scheduling limitedTo(Limits limits, Optional<Fairness> fairness) {
    return new Scheduling(limits, 0, new PriorityRule.Strict(), fairness, false);
  }

  /** A group of this kind on a topic with messages in all shards. */
  private void define(Scheduling scheduling, int messages) {
    assertThat(get(a.defineTopic(TopicDefinition.of("chat", TopicType.LITE))).isOk()).isTrue();
    GroupDefinition group = GroupDefinition.prefix("g", "chat", "").with(scheduling);
    assertThat(get(a.defineGroup(group)).isOk()).isTrue();
    List<Message> all = new ArrayList<>();
    for (int i = 0; i < messages; i++) {
      all.add(message("s" + i % LITE_TOPICS));
    }
    if (messages > 0) {
      assertThat(get(a.send(all))).allMatch(Outcome::isOk);
    }
  }

  private Message message(String liteTopic) {
    byte[] body = "x".getBytes(StandardCharsets.UTF_8);
    return Message.builder("chat", "id-" + ids++, body)
        .liteTopic(liteTopic)
        .properties(Map.of(Fairness.DEFAULT_PROPERTY, "tenant"))
        .build();
  }

  private static CompletableFuture<Outcome<List<DeliveredMessage>>> poll(Engine at, Duration wait) {
    return at.poll(
        new PollRequest(
            "g",
            "chat",
            "c",
            32,
            Optional.of(Duration.ofSeconds(60)),
            Filter.all(),
            wait,
            Optional.empty(),
            true));
  }

  /** How many come in this time if each is acknowledged. */
  private int workFor(Duration time) {
    return pollFor(time, true, List.of(a, b, a, b)).size();
  }

  private List<DeliveredMessage> pollFor(Duration time) {
    return pollFor(time, false, List.of(a, b, a, b));
  }

  /** A poll waits at each of these. */
  private List<DeliveredMessage> pollFor(Duration time, boolean acknowledges, List<Engine> at) {
    List<DeliveredMessage> got = new ArrayList<>();
    long end = clock.nanos() + time.toNanos();
    while (clock.nanos() < end) {
      List<CompletableFuture<Outcome<List<DeliveredMessage>>>> polls = new ArrayList<>();
      for (Engine each : at) {
        polls.add(poll(each, Duration.ofMillis(200)));
      }
      for (CompletableFuture<Outcome<List<DeliveredMessage>>> each : polls) {
        List<DeliveredMessage> batch = get(each).value();
        got.addAll(batch);
        if (acknowledges && !batch.isEmpty()) {
          get(b.acknowledge("g", batch.stream().map(DeliveredMessage::receiptHandle).toList()));
        }
      }
    }
    return got;
  }

  @Test
  void aRateHoldsForAllShardsTogether() {
    define(limitedTo(new Limits(Optional.of(Rate.of(100)), Optional.empty(), 0), noKeys()), 2000);

    int got = workFor(Duration.ofSeconds(3));

    assertThat(got).isBetween(120, 380);
  }

  @Test
  void aRateIsWhollyThereForOneShard() {
    define(limitedTo(new Limits(Optional.of(Rate.of(100)), Optional.empty(), 0), noKeys()), 0);
    for (int i = 0; i < 500; i++) {
      assertThat(get(a.send(List.of(message("the-only-one"))))).allMatch(Outcome::isOk);
    }

    // One poll at a time: what it got is acknowledged before the next is asked for.
    int got = pollFor(Duration.ofSeconds(3), true, List.of(b)).size();

    assertThat(got).isBetween(120, 380);
  }

  @Test
  void aConcurrencyHoldsForAllShardsTogether() {
    define(limitedTo(new Limits(Optional.empty(), Optional.empty(), 5), noKeys()), 200);

    List<DeliveredMessage> got = pollFor(Duration.ofSeconds(4));
    assertThat(got).hasSize(5);

    List<String> handles = got.stream().map(DeliveredMessage::receiptHandle).toList();
    assertThat(get(b.acknowledge("g", handles))).allMatch(Outcome::isOk);
    assertThat(pollFor(Duration.ofSeconds(3))).hasSize(5);
  }

  @Test
  void theLimitsOfAKeyHoldForAllShardsTogether() {
    Limits perKey = new Limits(Optional.empty(), Optional.empty(), 4);
    Fairness fairness = new Fairness(Fairness.DEFAULT_PROPERTY, Map.of(), perKey);
    define(limitedTo(Limits.NONE, Optional.of(fairness)), 200);

    assertThat(pollFor(Duration.ofSeconds(4))).hasSize(4);
  }

  @Test
  void withoutItsHomeALimitIsAnEqualPartForEachShard() throws IOException {
    define(limitedTo(new Limits(Optional.of(Rate.of(120)), Optional.empty(), 0), noKeys()), 2000);
    nodes.take(LimitRounds.homeOf(new LimitName("g", "messages"), ThreeNodes.SHARDS));

    int got = workFor(Duration.ofSeconds(4));

    assertThat(got).isBetween(60, 600);
  }

  private static Optional<Fairness> noKeys() {
    return Optional.empty();
  }
}
