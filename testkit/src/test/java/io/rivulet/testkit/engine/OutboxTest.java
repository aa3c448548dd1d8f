package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.group.Filter;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.message.Cancellation;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.ReplyAddress;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.outbox.OwedMessage;
import io.rivulet.engine.shard.RunningShard;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a shard can't write itself, since it belongs into another one, it owes until it is there.
 */
final class OutboxTest {
  private static final int SHARDS = 4;
  private static final int TURNS = 100;

  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(5);

  private final RequestWorld world =
      new RequestWorld(CrashWorld.config(0), new ShardNumber(0, SHARDS));

  @BeforeEach
  void makeTopics() {
    var replies = TopicDefinition.of("replies", TopicType.LITE);
    assertThat(world.settled(world.shard().defineTopic(replies)).isOk()).isTrue();
    world.standardGroup("g", "t", Filter.all());
  }

  /** A lite topic of another shard. */
  private static String elsewhere(int nth) {
    int found = 0;
    for (int i = 0; ; i++) {
      String name = "answer-" + i;
      if (ShardNumber.ofLite("replies", name, SHARDS) != 0 && found++ == nth) {
        return name;
      }
    }
  }

  /** A request that somebody works on. */
  private SendReceipt running(String answer) {
    SendReceipt sent =
        world.send(
            world
                .message("t")
                .properties(
                    Map.of(
                        ReplyAddress.TOPIC_PROPERTY,
                        "replies",
                        ReplyAddress.LITE_TOPIC_PROPERTY,
                        answer)));
    assertThat(world.poll("g", "t")).hasSize(1);
    return sent;
  }

  private void cancel(SendReceipt receipt) {
    assertThat(world.settled(world.shard().cancel("", receipt.handle())).value().found())
        .isEqualTo(Cancellation.Found.RUNNING);
  }

  private List<OwedMessage> owed() {
    return world.settled(world.shard().owed(0, 100)).value();
  }

  @Test
  void aNoteForAReplyInAnotherShardIsOwedUntilItIsThere() {
    cancel(running(elsewhere(0)));

    assertThat(world.driver.outgoing).isOne();
    assertThat(owed()).hasSize(1);
    Message note = owed().getFirst().message();
    assertThat(note.liteTopic()).isEqualTo(elsewhere(0));
    assertThat(note.tag()).isEqualTo(ReplyAddress.CANCELLED_TAG);
    assertThat(note.properties()).containsKey(ReplyAddress.CANCELLED_ID_PROPERTY);

    List<Long> handed = List.of(owed().getFirst().id());
    assertThat(world.settled(world.shard().handedOver(handed, List.of())).value()).isOne();
    assertThat(owed()).isEmpty();
    // Told again, as after an answer that was lost.
    assertThat(world.settled(world.shard().handedOver(handed, List.of())).value()).isZero();
    assertThat(world.shard().stats().outbox().handedOver()).isOne();
  }

  @Test
  void aNoteForAReplyInTheSameShardStandsThereAtOnce() {
    String here = "answer-0";
    for (int i = 0; ShardNumber.ofLite("replies", here, SHARDS) != 0; i++) {
      here = "answer-" + i;
    }

    cancel(running(here));

    assertThat(owed()).isEmpty();
    assertThat(world.read("replies", here)).hasSize(1);
  }

  @Test
  void whatIsOwedSurvivesCrashesInItsOrder() {
    for (int i = 0; i < 3; i++) {
      cancel(running(elsewhere(i)));
    }
    List<OwedMessage> before = owed();
    assertThat(before).hasSize(3);
    world.settled(world.shard().handedOver(List.of(before.get(1).id()), List.of()));
    for (boolean isIndexLost : List.of(false, true, false)) {
      world.pass(Duration.ofSeconds(10));
      int told = world.driver.outgoing;
      world.restart(isIndexLost);

      assertThat(world.driver.outgoing).isGreaterThan(told);
      assertThat(owed())
          .extracting(OwedMessage::id)
          .containsExactly(idOf(before, 0), idOf(before, 2));
      world.pass(Duration.ofSeconds(2));
      assertThat(world.shard().stats().outbox().owed()).isEqualTo(2);
    }
    assertThat(world.settled(world.shard().owed(idOf(before, 0), 1)).value())
        .extracting(OwedMessage::id)
        .containsExactly(idOf(before, 2));
    assertThat(owed().getFirst().message())
        .usingRecursiveComparison()
        .isEqualTo(before.getFirst().message());
  }

  private static long idOf(List<OwedMessage> owed, int index) {
    return owed.get(index).id();
  }

  @Test
  void whatNeverCanBeThereIsCountedAndOwedNoMore() {
    cancel(running(elsewhere(0)));
    List<Long> refused = List.of(owed().getFirst().id());

    world.settled(world.shard().handedOver(List.of(), refused));

    assertThat(owed()).isEmpty();
    assertThat(world.shard().stats().outbox().undeliverable()).isOne();
    world.restart(true);
    assertThat(owed()).isEmpty();
  }

  /** Also if it was carried already, and its shard had not recorded that. */
  @ParameterizedTest
  @CsvSource({"1,false", "1,true", "3,false", "3,true"})
  void aTransferTakesAlongWhatIsOwed(int shards, boolean wasCarried) throws IOException {
    String answer = elsewhere(0);
    cancel(running(answer));
    Message note = owed().getFirst().message();
    List<ShardMover.Stored> sources = new ArrayList<>(List.of(stored(world.driver)));
    for (int i = 1; i < SHARDS; i++) {
      ShardDriver other = new ShardDriver(CrashWorld.config(0), random, new ShardNumber(i, SHARDS));
      var _ = other.shard().defineTopic(TopicDefinition.of("replies", TopicType.LITE));
      other.settle();
      if (wasCarried && ShardNumber.ofLite("replies", answer, SHARDS) == i) {
        var _ = other.shard().send("", List.of(note));
      }
      sources.add(stored(other));
    }
    ShardMover mover = new ShardMover(CrashWorld.config(0), world.driver.clock, random);

    List<ShardMover.Stored> moved = mover.move(sources, shards);

    int number = ShardNumber.ofLite("replies", answer, shards);
    ShardMover.Stored there = moved.get(number).copy();
    RunningShard shard = mover.serve(there, new ShardNumber(number, shards));
    List<OwedMessage> owed = answer(there, shard, shard.owed(0, 100)).value();
    if (shards > 1) {
      assertThat(owed).extracting(each -> each.message().id()).containsExactly(note.id());
      return;
    }
    for (int turns = 0; turns < TURNS; turns++) {
      var _ = shard.shard().turn();
      there.log().completeAll();
    }
    assertThat(answer(there, shard, shard.owed(0, 100)).value()).isEmpty();
    ReadRequest all =
        new ReadRequest(
            "replies",
            Optional.of(answer),
            new OffsetOption.Min(),
            Optional.empty(),
            64,
            Duration.ZERO);
    assertThat(answer(there, shard, shard.read(all)).value().messages())
        .extracting(each -> each.message().id())
        .containsExactly(note.id());
  }

  private static ShardMover.Stored stored(ShardDriver driver) {
    driver.settle();
    return new ShardMover.Stored(
        driver.log().crash(Integer.MAX_VALUE), driver.index().crash(Integer.MAX_VALUE));
  }

  private static <T> T answer(
      ShardMover.Stored stored, RunningShard shard, CompletableFuture<T> reply) {
    for (int turns = 0; turns < TURNS && !reply.isDone(); turns++) {
      var _ = shard.shard().turn();
      stored.log().completeAll();
    }
    return reply.join();
  }
}
