package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.shard.OfflineShard;
import io.rivulet.engine.shard.RunningShard;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.shard.TransferCheck;
import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamFork;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.engine.subscription.FollowedSubscription;
import io.rivulet.engine.subscription.LinkedStream;
import io.rivulet.engine.subscription.StreamAck;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.StreamPattern;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.SubscriptionView;
import io.rivulet.engine.subscription.Wake;
import io.rivulet.engine.subscription.WakeBy;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken from one shard into several, and what is noticed when it is not the same. */
final class TransferTest {
  private static final int MANY = 1000;

  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
  private final ShardDriver driver = new ShardDriver(EngineConfig.defaults(), random);
  private final StreamCaller caller = new StreamCaller(driver::shard);
  private final ShardMover mover = new ShardMover(EngineConfig.defaults(), driver.clock, random);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 11})
  void forksShowTheSameWhereverTheirSourcesAre(int shards) throws IOException {
    ask(making("s", Optional.empty(), "a ", "b ", "c "));
    ask(making("f1", Optional.of(new StreamFork("s", OptionalLong.of(2), 0)), "d ", "e "));
    ask(making("f2", Optional.of(new StreamFork("f1", OptionalLong.of(3), 0)), "f "));
    ask(making("f3", Optional.of(new StreamFork("f2", OptionalLong.of(1), 0)), "g "));
    ask(making("f4", Optional.of(new StreamFork("s", OptionalLong.empty(), 0))));
    ask(new StreamModel.Delete("s"));
    ask(new StreamModel.Delete("f1"));

    List<ShardMover.Stored> several = mover.move(List.of(stored()), shards);
    List<ShardMover.Stored> back = mover.move(several, 1);

    for (List<ShardMover.Stored> each : List.of(several, back)) {
      assertThat(bodies(each, "f2")).containsExactly("a ", "b ", "d ", "f ");
      assertThat(bodies(each, "f3")).containsExactly("a ", "g ");
      assertThat(bodies(each, "f4")).containsExactly("a ", "b ", "c ");
    }
  }

  @Test
  void aMessageThatIsOneTooManyIsNoticedAndItsQueueNamed() throws IOException {
    ask(making("s", Optional.empty(), "a ", "b ", "c "));
    ask(making("t", Optional.empty(), "a "));
    ShardMover.Stored one = stored();
    List<ShardMover.Stored> several = new ArrayList<>(mover.move(List.of(one), 2));
    int number = ShardNumber.ofLite("chat", "s", 2);
    several.set(number, several.get(number).copy());
    RunningShard shard = mover.serve(several.get(number), new ShardNumber(number, 2));
    Message message =
        Message.builder("chat", "late", "d ".getBytes(StandardCharsets.UTF_8))
            .liteTopic("s")
            .build();
    assertThat(answer(shard, several.get(number), shard.send(List.of(message))).getFirst().isOk())
        .isTrue();

    List<OfflineShard> source = mover.open(List.of(one.copy()), false);
    List<OfflineShard> filled =
        mover.open(several.stream().map(ShardMover.Stored::copy).toList(), false);

    assertThatThrownBy(() -> new TransferCheck(source, filled, (_, _, _) -> {}).run())
        .hasMessageContaining("chat/s (4 messages of 3)")
        .message()
        .doesNotContain("chat/t");
  }

  /** There and back. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8})
  void subscriptionsAreAsFarAsTheyWereInEachStream(int shards) throws IOException {
    StreamPath named = new StreamPath("chat", "named");
    SubscriptionDefinition definition =
        new SubscriptionDefinition(
            new WakeBy.Webhook("https://worker.example/"),
            Optional.of(new StreamPattern("chat", "s*")),
            List.of(named, new StreamPath("chat", "dropped")),
            Duration.ofSeconds(10),
            "titles");
    ask(making("s-old", Optional.empty(), "a ", "b "));
    for (String name : List.of("sub", "other")) {
      var made = driver.shard().makeSubscription(name, definition);
      driver.settle();
      assertThat(made.join().isOk()).as(made.join().toString()).isTrue();
    }
    var _ = driver.shard().linkStreams("sub", List.of(new StreamPath("chat", "s1")));
    var _ = driver.shard().unlinkStream("sub", new StreamPath("chat", "dropped"));
    for (String name : List.of("s1", "s2", "s3", "named")) {
      ask(making(name, Optional.empty(), name + " "));
    }
    CompletableFuture<Outcome<List<Wake>>> taken = driver.shard().takeWakes(2);
    driver.settle();
    assertThat(taken).isDone();
    for (Wake wake : taken.join().value()) {
      var _ =
          driver
              .shard()
              .acknowledgeStreams(
                  wake.key(), List.of(new StreamAck(new StreamPath("chat", "s2"), 1)), true);
    }
    SubscriptionView before = describe(driver.shard(), null);
    assertThat(before.streams()).filteredOn(LinkedStream::hasPending).hasSize(3);

    List<ShardMover.Stored> there = mover.move(List.of(stored()), shards);
    ShardMover.Stored back = mover.move(there, 1).getFirst().copy();

    RunningShard shard = mover.serve(back, ShardNumber.ONLY);
    assertThat(describe(shard, back)).usingRecursiveComparison().isEqualTo(before);
    Wake wake = answer(shard, back, shard.takeWakes(1)).value().getFirst();
    assertThat(wake.key().generation()).isGreaterThan(1);
  }

  /** A shard that was away when a subscription was deleted follows it still. */
  @Test
  void whatAShardStillFollowsThatNobodyHoldsIsLeftOut() throws IOException {
    List<ShardDriver> shards = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      ShardDriver made = new ShardDriver(EngineConfig.defaults(), random, new ShardNumber(i, 2));
      settled(made, made.shard().defineTopic(TopicDefinition.of("chat", TopicType.LITE)));
      shards.add(made);
    }
    ShardDriver home = shards.get(ShardNumber.ofSubscription("sub", 2));
    ShardDriver other = shards.get(1 - ShardNumber.ofSubscription("sub", 2));
    follow(home, other, "sub");
    String again = "again";
    while (ShardNumber.ofSubscription(again, 2) != ShardNumber.ofSubscription("sub", 2)) {
      again += "-";
    }
    follow(home, other, again);
    String stream = "s";
    while (ShardNumber.ofLite("chat", stream, 2) == ShardNumber.ofSubscription("sub", 2)) {
      stream += "s";
    }
    Message message = Message.builder("chat", "m", new byte[1]).liteTopic(stream).build();
    settled(other, other.shard().send(List.of(message)));
    settled(home, home.shard().deleteSubscription("sub"));
    settled(home, home.shard().deleteSubscription(again));
    settled(home, home.shard().makeSubscription(again, ofAll()));

    ShardMover.Stored all =
        mover.move(shards.stream().map(TransferTest::stored).toList(), 1).getFirst().copy();

    RunningShard shard = mover.serve(all, ShardNumber.ONLY);
    assertThat(answer(shard, all, shard.describeSubscription("sub", 100)).isOk()).isFalse();
    SubscriptionView made = answer(shard, all, shard.describeSubscription(again, 100)).value();
    assertThat(made.streams()).filteredOn(LinkedStream::hasPending).isEmpty();
    assertThat(bodies(List.of(all), stream)).hasSize(1);
  }

  private static SubscriptionDefinition ofAll() {
    return new SubscriptionDefinition(
        new WakeBy.Webhook("https://worker.example/"),
        Optional.of(new StreamPattern("chat", "*")),
        List.of(),
        Duration.ofSeconds(10),
        "");
  }

  private static void follow(ShardDriver home, ShardDriver other, String name) {
    settled(home, home.shard().makeSubscription(name, ofAll()));
    FollowedSubscription held = settled(home, home.shard().heldSubscription(name)).value();
    assertThat(settled(other, other.shard().followSubscription(held)).value()).isTrue();
  }

  private static <T> T settled(ShardDriver driver, CompletableFuture<T> reply) {
    driver.settle();
    return reply.join();
  }

  private SubscriptionView describe(RunningShard shard, ShardMover.@Nullable Stored stored) {
    CompletableFuture<Outcome<SubscriptionView>> reply = shard.describeSubscription("sub", 100);
    if (stored == null) {
      driver.settle();
      return reply.join().value();
    }
    return answer(shard, stored, reply).value();
  }

  // ---- words

  private ShardMover.Stored stored() {
    return stored(driver);
  }

  private static ShardMover.Stored stored(ShardDriver driver) {
    driver.settle();
    return new ShardMover.Stored(
        driver.log().crash(Integer.MAX_VALUE), driver.index().crash(Integer.MAX_VALUE));
  }

  private void ask(StreamModel.Request request) {
    CompletableFuture<Object> answer = caller.ask(request);
    driver.settle();
    assertThat(answer.join().toString()).matches("(made|deleted).*");
  }

  private static StreamModel.Create making(
      String name, Optional<StreamFork> source, String... bodies) {
    return new StreamModel.Create(
        name,
        StreamDefinition.of(source.isPresent() ? "" : "text/plain"),
        source,
        List.of(bodies),
        false);
  }

  private List<String> bodies(List<ShardMover.Stored> stored, String name) throws IOException {
    int number = ShardNumber.ofLite("chat", name, stored.size());
    ShardMover.Stored copy = stored.get(number).copy();
    RunningShard shard = mover.serve(copy, new ShardNumber(number, stored.size()));
    Outcome<StreamPage> page =
        answer(
            shard,
            copy,
            shard.readStream(
                new StreamRead("chat", name, new OffsetOption.Min(), MANY, Duration.ZERO)));
    return page.value().messages().stream()
        .map(each -> new String(each.message().body().toArray(), StandardCharsets.UTF_8))
        .toList();
  }

  private static <T> T answer(
      RunningShard shard, ShardMover.Stored stored, CompletableFuture<T> reply) {
    for (int turns = 0; turns < MANY && !reply.isDone(); turns++) {
      var _ = shard.shard().turn();
      stored.log().completeAll();
    }
    return reply.join();
  }
}
