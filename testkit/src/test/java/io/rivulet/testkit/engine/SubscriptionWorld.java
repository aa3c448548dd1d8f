package io.rivulet.testkit.engine;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.subscription.LinkedStream;
import io.rivulet.engine.subscription.StreamAck;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.StreamPattern;
import io.rivulet.engine.subscription.SubscriptionBounds;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.SubscriptionView;
import io.rivulet.engine.subscription.Wake;
import io.rivulet.engine.subscription.WakeAnswer;
import io.rivulet.engine.subscription.WakeBy;
import io.rivulet.engine.subscription.WakeKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Owned by one thread. One subscription under random appends, wakes, answers, passing time and
 * crashes. What was answered must hold: offsets that were acknowledged stay so, generations rise,
 * each of them has one id, and in the end every append was named by a wake.
 */
final class SubscriptionWorld {
  private static final Duration LEASE = Duration.ofSeconds(2);
  private static final int STREAMS = 6;

  private final long seed;
  private final RandomGenerator random;
  private final ShardDriver driver;
  private final Map<StreamPath, Long> ends = new HashMap<>();
  private final Map<StreamPath, Long> acked = new HashMap<>();
  private final Map<Long, WakeKey> generations = new HashMap<>();
  private final List<Wake> held = new ArrayList<>();
  private long highest;
  private int ids;

  SubscriptionWorld(long seed) {
    this.seed = seed;
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    EngineConfig config =
        EngineConfig.defaults().toBuilder()
            .subscriptions(new SubscriptionBounds(1, 1, 2))
            .readyWindow(2)
            .maxIdleQueues(seed % 2 == 0 ? 0 : 1000)
            .build();
    driver = new ShardDriver(config, random);
    await(
        driver
            .shard()
            .makeSubscription(
                "sub",
                new SubscriptionDefinition(
                    new WakeBy.Webhook("https://worker.example/"),
                    Optional.of(new StreamPattern("chat", "*")),
                    List.of(),
                    LEASE,
                    "")));
  }

  void run(int steps) {
    try {
      for (int i = 0; i < steps; i++) {
        step();
      }
      finish();
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    }
  }

  private void step() {
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> send();
      case 3 -> take();
      case 4 -> answer(random.nextInt(3) > 0);
      case 5 -> report();
      case 6 -> driver.pass(random.nextInt(3000));
      default -> crash();
    }
    look();
  }

  private void crash() {
    int unsynced = driver.unsynced();
    int kept = unsynced == 0 ? Integer.MAX_VALUE : random.nextInt(unsynced + 1);
    driver.crash(kept, random.nextInt(driver.unflushedWrites() + 1), random.nextInt(4) == 0);
  }

  /** Sometimes dies in the middle of it; what was not answered may have happened or not. */
  private <T> Optional<T> ask(CompletableFuture<T> future) {
    if (random.nextInt(6) == 0) {
      for (int i = random.nextInt(6); i > 0; i--) {
        driver.step();
      }
      crash();
    } else {
      driver.settle();
    }
    return future.isDone() ? Optional.of(future.join()) : Optional.empty();
  }

  private void send() {
    StreamPath path = new StreamPath("chat", "s" + random.nextInt(STREAMS));
    Message message =
        Message.builder("chat", "m" + ++ids, "x".getBytes(StandardCharsets.UTF_8))
            .liteTopic(path.liteTopic())
            .build();
    Optional<List<Outcome<SendReceipt>>> sent = ask(driver.shard().send("w", List.of(message)));
    sent.ifPresent(
        outcomes -> ends.merge(path, outcomes.getFirst().value().offset() + 1, Math::max));
  }

  private void take() {
    CompletableFuture<Outcome<List<Wake>>> future = driver.shard().takeWakes(3);
    Optional<List<Wake>> taken = ask(future).map(Outcome::value);
    future.cancel(false);
    for (Wake wake : taken.orElse(List.of())) {
      WakeKey known = generations.putIfAbsent(wake.key().generation(), wake.key());
      check(known == null || known.equals(wake.key()), "two ids of one generation: " + wake);
      check(wake.key().generation() >= highest, "an old generation: " + wake);
      check(wake.streams().size() <= 2, "too many streams: " + wake);
      check(wake.streams().stream().allMatch(LinkedStream::hasPending), "for nothing: " + wake);
      highest = wake.key().generation();
      held.add(wake);
    }
  }

  private void answer(boolean isDone) {
    if (held.isEmpty()) {
      return;
    }
    Wake wake = held.get(random.nextInt(held.size()));
    List<StreamAck> acks = new ArrayList<>();
    for (LinkedStream each : wake.streams()) {
      acks.add(new StreamAck(each.path(), each.tailOffset()));
    }
    ask(driver.shard().acknowledgeStreams(wake.key(), acks, isDone))
        .ifPresent(outcome -> {
          if (outcome.value() instanceof WakeAnswer.Done) {
            check(wake.key().generation() == highest, "not fenced: " + wake);
            acks.forEach(each -> acked.merge(each.stream(), each.offset(), Math::max));
          }
        });
  }

  private void report() {
    if (!held.isEmpty()) {
      WakeKey key = held.getLast().key();
      var _ =
          random.nextBoolean()
              ? ask(driver.shard().wakeDelivered(key))
              : ask(driver.shard().wakeFailed(key, Duration.ofMillis(random.nextInt(5000))));
    }
  }

  private void look() {
    SubscriptionView view = await(driver.shard().describeSubscription("sub", 100)).value();
    Map<StreamPath, LinkedStream> found = new HashMap<>();
    view.streams().forEach(each -> found.put(each.path(), each));
    ends.forEach((path, end) -> {
      LinkedStream stream = found.get(path);
      check(stream != null && stream.tailOffset() >= end, path + " is not known up to " + end);
    });
    acked.forEach((path, offset) -> {
      LinkedStream stream = found.get(path);
      check(stream != null && stream.ackedOffset() >= offset, path + " lost its " + offset);
    });
  }

  /** Whoever goes on working comes to an end, and then everything was named. */
  private void finish() {
    for (int i = 0; i < 100; i++) {
      driver.pass(120_000);
      CompletableFuture<Outcome<List<Wake>>> future = driver.shard().takeWakes(3);
      driver.settle();
      if (!future.isDone()) {
        future.cancel(false);
        await(driver.shard().describeSubscription("sub", 100))
            .value()
            .streams()
            .forEach(each -> check(!each.hasPending(), "never named: " + each));
        return;
      }
      for (Wake wake : future.join().value()) {
        List<StreamAck> acks = new ArrayList<>();
        wake.streams().forEach(each -> acks.add(new StreamAck(each.path(), each.tailOffset())));
        WakeAnswer answer =
            await(driver.shard().acknowledgeStreams(wake.key(), acks, true)).value();
        check(answer instanceof WakeAnswer.Done, answer + " to " + wake);
      }
    }
    throw new AssertionError("there is no end of wakes");
  }

  private <T> T await(CompletableFuture<T> future) {
    driver.settle();
    check(future.isDone(), "no answer");
    return future.join();
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
