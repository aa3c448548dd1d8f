package io.rivulet.testkit.engine;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.shard.ShardInspector;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.subscription.FollowedSubscription;
import io.rivulet.engine.subscription.LinkedStream;
import io.rivulet.engine.subscription.ShardAck;
import io.rivulet.engine.subscription.StreamAck;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.StreamPattern;
import io.rivulet.engine.subscription.SubscriptionBounds;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.SubscriptionNews;
import io.rivulet.engine.subscription.SubscriptionReport;
import io.rivulet.engine.subscription.Wake;
import io.rivulet.engine.subscription.WakeAnswer;
import io.rivulet.engine.subscription.WakeBy;
import io.rivulet.engine.subscription.WakeKey;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * One subscription, held by one of three shards, with streams in all of them: random appends, wakes
 * and acks, messages between shards that are lost or come late, shards that die. What was
 * acknowledged stays so, generations rise, and in the end everything was named by a wake.
 *
 * <p>{@code -Drivulet.seed=N} runs one seed, {@code -Drivulet.seeds=N} as many as wanted.
 */
final class SubscriptionShardsSimulationTest {
  private static final int SEEDS = Integer.getInteger("rivulet.seeds", 60);
  private static final int STEPS = Integer.getInteger("rivulet.steps", 200);

  @Test
  void noSeedLosesAWake() {
    Long one = Long.getLong("rivulet.seed");
    for (long seed = one == null ? 1 : one; seed <= (one == null ? SEEDS : one); seed++) {
      try {
        new World(seed).run();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + " (-Drivulet.seed=" + seed + "): " + e, e);
      }
    }
  }

  /** Owned by one thread. */
  private static final class World {
    private static final int SHARDS = 3;
    private static final int STREAMS = 7;

    private final RandomGenerator random;
    private final ShardDriver[] shards = new ShardDriver[SHARDS];
    private final int home;
    private final Map<StreamPath, Long> ends = new HashMap<>();
    private final Map<StreamPath, Long> acked = new HashMap<>();
    private final Map<Long, WakeKey> generations = new HashMap<>();
    private final List<Wake> held = new ArrayList<>();

    /** On their way, in no order. */
    private final List<SubscriptionReport> late = new ArrayList<>();

    private long highest;
    private int ids;

    World(long seed) {
      random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
      EngineConfig config =
          EngineConfig.defaults().toBuilder()
              .subscriptions(new SubscriptionBounds(2, 4, 2))
              .readyWindow(2)
              .maxIdleQueues(seed % 2 == 0 ? 0 : 1000)
              .build();
      for (int i = 0; i < SHARDS; i++) {
        shards[i] = new ShardDriver(config, random, new ShardNumber(i, SHARDS));
        await(i, shards[i].shard().defineTopic(TopicDefinition.of("chat", TopicType.LITE)));
      }
      home = random.nextInt(SHARDS);
      await(
          home,
          shards[home]
              .shard()
              .makeSubscription(
                  "sub",
                  new SubscriptionDefinition(
                      new WakeBy.Webhook("https://worker.example/"),
                      Optional.of(new StreamPattern("chat", "*")),
                      List.of(),
                      Duration.ofSeconds(2),
                      "")));
      FollowedSubscription known =
          await(home, shards[home].shard().heldSubscription("sub")).value();
      for (int i = 0; i < SHARDS; i++) {
        if (i != home) {
          check(await(i, shards[i].shard().followSubscription(known)).value(), "not followed");
        }
      }
    }

    void run() {
      for (int i = 0; i < STEPS; i++) {
        switch (random.nextInt(10)) {
          case 0, 1, 2 -> send();
          case 3, 4 -> tell(random.nextInt(SHARDS), true);
          case 5 -> take();
          case 6 -> acknowledge(random.nextInt(3) > 0);
          case 7 -> pass(random.nextInt(3000));
          case 8 -> hearLate();
          default -> crash(random.nextInt(SHARDS));
        }
      }
      finish();
    }

    private void pass(long millis) {
      for (ShardDriver each : shards) {
        each.pass(millis);
        each.settle();
      }
    }

    private void crash(int shard) {
      ShardDriver driver = shards[shard];
      int unsynced = driver.unsynced();
      driver.crash(
          unsynced == 0 ? Integer.MAX_VALUE : random.nextInt(unsynced + 1),
          random.nextInt(driver.unflushedWrites() + 1),
          random.nextInt(4) == 0);
      check(
          new ShardInspector(driver.twinFromCrash(), 100)
              .state()
              .equals(new ShardInspector(driver.rebuiltFromCrash(), 100).state()),
          "the index is not the fold of the log");
    }

    /** Sometimes the shard dies in the middle of it. */
    private <T> Optional<T> ask(int shard, CompletableFuture<T> future) {
      if (random.nextInt(8) == 0) {
        for (int i = random.nextInt(6); i > 0; i--) {
          shards[shard].step();
        }
        crash(shard);
      } else {
        shards[shard].settle();
      }
      return future.isDone() ? Optional.of(future.join()) : Optional.empty();
    }

    private <T> T await(int shard, CompletableFuture<T> future) {
      shards[shard].settle();
      check(future.isDone(), "no answer");
      return future.join();
    }

    private static int shardOf(StreamPath path) {
      return ShardNumber.ofLite(path.topic(), path.liteTopic(), SHARDS);
    }

    private void send() {
      StreamPath path = new StreamPath("chat", "s" + random.nextInt(STREAMS));
      Message message =
          Message.builder("chat", "m" + ++ids, "x".getBytes(StandardCharsets.UTF_8))
              .liteTopic(path.liteTopic())
              .build();
      int shard = shardOf(path);
      Optional<List<Outcome<SendReceipt>>> sent =
          ask(shard, shards[shard].shard().send("w", List.of(message)));
      sent.ifPresent(
          outcomes -> ends.merge(path, outcomes.getFirst().value().offset() + 1, Math::max));
    }

    /** What a shard has to tell gets there, is lost, or comes late. */
    private void tell(int shard, boolean isUnsure) {
      CompletableFuture<Outcome<SubscriptionNews>> asked = shards[shard].shard().subscriptionNews();
      Optional<SubscriptionNews> news =
          (isUnsure ? ask(shard, asked) : Optional.of(await(shard, asked))).map(Outcome::value);
      for (SubscriptionReport each : news.map(SubscriptionNews::reports).orElse(List.of())) {
        switch (isUnsure ? random.nextInt(4) : 3) {
          case 0 -> {}
          case 1 -> late.add(each);
          default -> hear(each, isUnsure);
        }
      }
    }

    private void hearLate() {
      if (!late.isEmpty()) {
        hear(late.remove(random.nextInt(late.size())), true);
      }
    }

    private void hear(SubscriptionReport report, boolean isUnsure) {
      CompletableFuture<Outcome<List<Long>>> heard =
          shards[home].shard().hearReports(List.of(report));
      Optional<List<Long>> unknown =
          (isUnsure ? ask(home, heard) : Optional.of(await(home, heard))).map(Outcome::value);
      check(unknown.orElse(List.of()).isEmpty(), "it is not known any more");
    }

    private void take() {
      CompletableFuture<Outcome<List<Wake>>> future = shards[home].shard().takeWakes(3);
      Optional<List<Wake>> taken = ask(home, future).map(Outcome::value);
      future.cancel(false);
      taken.orElse(List.of()).forEach(this::taken);
    }

    private void taken(Wake wake) {
      WakeKey known = generations.putIfAbsent(wake.key().generation(), wake.key());
      check(known == null || known.equals(wake.key()), "two ids of one generation: " + wake);
      check(wake.key().generation() >= highest, "an old generation: " + wake);
      check(wake.streams().size() <= 2, "too many streams: " + wake);
      check(wake.streams().stream().allMatch(LinkedStream::hasPending), "for nothing: " + wake);
      highest = wake.key().generation();
      held.add(wake);
    }

    private void acknowledge(boolean isDone) {
      if (!held.isEmpty()) {
        acknowledge(held.get(random.nextInt(held.size())), isDone, true);
      }
    }

    /** As the router does it; whoever it is may die in between. */
    private boolean acknowledge(Wake wake, boolean isDone, boolean isUnsure) {
      CompletableFuture<Outcome<WakeAnswer>> prolonged =
          shards[home].shard().acknowledgeStreams(wake.key(), List.of(), false);
      Optional<Outcome<WakeAnswer>> open =
          isUnsure ? ask(home, prolonged) : Optional.of(await(home, prolonged));
      if (open.isEmpty() || !(open.get().value() instanceof WakeAnswer.Done)) {
        return false;
      }
      check(wake.key().generation() == highest, "not fenced: " + wake);
      for (LinkedStream each : wake.streams()) {
        StreamAck ack = new StreamAck(each.path(), each.tailOffset());
        int shard = shardOf(each.path());
        CompletableFuture<Outcome<ShardAck>> applied =
            shards[shard].shard().acknowledgeInShard("sub", List.of(ack), true);
        Optional<Outcome<ShardAck>> answer =
            isUnsure ? ask(shard, applied) : Optional.of(await(shard, applied));
        if (answer.isEmpty() || (isUnsure && random.nextInt(10) == 0)) {
          return false;
        }
        check(answer.get().value().answer() instanceof WakeAnswer.Done, "not taken: " + ack);
        acked.merge(each.path(), ack.offset(), Math::max);
        if (shard != home) {
          hear(answer.get().value().report(), isUnsure);
        }
      }
      CompletableFuture<Outcome<WakeAnswer>> ended =
          shards[home].shard().acknowledgeStreams(wake.key(), List.of(), isDone);
      var _ = isUnsure ? ask(home, ended) : Optional.of(await(home, ended));
      return true;
    }

    private List<LinkedStream> streams() {
      List<LinkedStream> all = new ArrayList<>();
      for (int i = 0; i < SHARDS; i++) {
        all.addAll(await(i, shards[i].shard().describeSubscription("sub", 100)).value().streams());
      }
      return all;
    }

    /** Whoever goes on working comes to an end, and then everything was named. */
    private void finish() {
      for (int i = 0; i < 100; i++) {
        pass(120_000);
        for (int shard = 0; shard < SHARDS; shard++) {
          tell(shard, false);
        }
        CompletableFuture<Outcome<List<Wake>>> future = shards[home].shard().takeWakes(3);
        shards[home].settle();
        if (!future.isDone()) {
          future.cancel(false);
          Map<StreamPath, LinkedStream> found = new HashMap<>();
          streams().forEach(each -> found.put(each.path(), each));
          found.values().forEach(each -> check(!each.hasPending(), "never named: " + each));
          ends.forEach((path, end) -> checkDone(found.get(path), end));
          acked.forEach((path, offset) -> checkDone(found.get(path), offset));
          return;
        }
        for (Wake wake : future.join().value()) {
          taken(wake);
          check(acknowledge(wake, true, false), "fenced: " + wake);
        }
      }
      throw new AssertionError("there is no end of wakes");
    }

    private static void checkDone(@Nullable LinkedStream stream, long offset) {
      check(stream != null && stream.ackedOffset() >= offset, stream + " lost " + offset);
    }

    private static void check(boolean holds, String otherwise) {
      if (!holds) {
        throw new AssertionError(otherwise);
      }
    }
  }
}
