package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.message.Cancellation;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.ReplyAddress;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.testkit.engine.CrashWorld.Loss;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * A message is cancelled, or given another priority, and the process dies after the first move of
 * that, in another world after the second, and so on to its end. It has happened whole or not at
 * all, and what was answered has happened.
 */
final class WithdrawalCrashTest {
  private static final int MAX_MOVES = 2000;

  /** Something that is done to one message. */
  private interface Deed {
    SendReceipt prepare(RequestWorld world);

    CompletableFuture<?> begin(RequestWorld world, SendReceipt receipt);

    void judge(RequestWorld world, SendReceipt receipt, boolean isAnswered);
  }

  private static void crashEverywhere(Deed deed) {
    int moves = crashAt(deed, Integer.MAX_VALUE, Loss.NOTHING);
    assertThat(moves).isGreaterThan(2 * ShardDriver.MOVES);
    for (int at = 0; at <= moves; at++) {
      for (Loss loss : Loss.values()) {
        try {
          crashAt(deed, at, loss);
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(
              "after move " + at + " of " + moves + ", losing " + loss + ": " + e.getMessage(), e);
        }
      }
    }
  }

  /** Answers after how many moves it came to rest, or died. */
  private static int crashAt(Deed deed, int moves, Loss loss) {
    RequestWorld world = new RequestWorld();
    SendReceipt receipt = deed.prepare(world);
    world.driver.settle();
    CompletableFuture<?> reply = deed.begin(world, receipt);
    int moved = 0;
    while (moved < moves && !(moved % ShardDriver.MOVES == 0 && moved > 0 && isAtRest(world))) {
      assertThat(moved).isLessThan(MAX_MOVES);
      world.driver.move(moved++);
    }
    final boolean isAnswered = reply.isDone();
    world.driver.crash(loss.keptBatches, loss.keptWrites, false);
    world.driver.settle();
    world.expectFold();
    deed.judge(world, receipt, isAnswered);
    return moved;
  }

  private static boolean isAtRest(RequestWorld world) {
    return world.driver.isAtRest();
  }

  private static Cancellation.Found cancel(RequestWorld world, SendReceipt receipt) {
    return world.settled(world.shard().cancel("", receipt.handle())).value().found();
  }

  /** Everything that the group has not had, with what it had and did not acknowledge. */
  private static List<Message> drain(RequestWorld world, String group, String topic) {
    world.introduce("c-" + group, group);
    world.pass(RequestWorld.LEASE.plusSeconds(1));
    List<Message> got = new ArrayList<>();
    List<DeliveredMessage> batch = world.poll(group, topic);
    while (!batch.isEmpty()) {
      batch.forEach(each -> got.add(each.message().message()));
      batch.forEach(each -> world.acknowledge(group, each));
      batch = world.poll(group, topic);
    }
    return got;
  }

  @Test
  void aCancellationAndItsNoteAreOne() {
    crashEverywhere(
        new Deed() {
          @Override
          public SendReceipt prepare(RequestWorld world) {
            var replies = TopicDefinition.of("replies", TopicType.LITE);
            assertThat(world.settled(world.shard().defineTopic(replies)).isOk()).isTrue();
            world.standardGroup("g", "t", Filter.all());
            SendReceipt receipt =
                world.send(
                    world
                        .message("t")
                        .properties(
                            Map.of(
                                ReplyAddress.TOPIC_PROPERTY,
                                "replies",
                                ReplyAddress.LITE_TOPIC_PROPERTY,
                                "mine")));
            world.send(world.message("t"));
            world.poll("g", "t");
            return receipt;
          }

          @Override
          public CompletableFuture<?> begin(RequestWorld world, SendReceipt receipt) {
            return world.shard().cancel("", receipt.handle());
          }

          @Override
          public void judge(RequestWorld world, SendReceipt receipt, boolean isAnswered) {
            int notes = world.read("replies", "mine").size();
            boolean isCancelled = cancel(world, receipt) == Cancellation.Found.CANCELLED;

            assertThat(notes).isEqualTo(isCancelled ? 1 : 0);
            assertThat(isCancelled || !isAnswered).isTrue();
            assertThat(world.read("replies", "mine")).hasSize(1);
            assertThat(drain(world, "g", "t")).extracting(Message::id).containsExactly("m1");
          }
        });
  }

  @Test
  void aMoveIsThereOnce() {
    crashEverywhere(new Move(10));
  }

  @Test
  void aMoveOfALargeMessageIsThereOnce() {
    crashEverywhere(new Move(400_000));
  }

  /** From priority 1 to 5. */
  private record Move(int bytes) implements Deed {
    @Override
    public SendReceipt prepare(RequestWorld world) {
      world.standardGroup("g", "prio", Filter.all());
      SendReceipt receipt = world.send(world.message("prio", new byte[bytes]).priority(1));
      world.send(world.message("prio").priority(3));
      return receipt;
    }

    @Override
    public CompletableFuture<?> begin(RequestWorld world, SendReceipt receipt) {
      return world.shard().reprioritize(receipt.handle(), 5);
    }

    @Override
    public void judge(RequestWorld world, SendReceipt receipt, boolean isAnswered) {
      boolean isMoved = !world.read("prio", "p5").isEmpty();
      assertThat(isMoved || !isAnswered).isTrue();
      world.pass(Duration.ofSeconds(1));

      List<Message> got = drain(world, "g", "prio");

      assertThat(got).extracting(Message::id).containsExactlyInAnyOrder("m0", "m1");
      assertThat(got.getFirst().id()).isEqualTo(isMoved ? "m0" : "m1");
      assertThat(got)
          .filteredOn(each -> each.id().equals("m0"))
          .allMatch(each -> each.priority() == (isMoved ? 5 : 1) && each.body().size() == bytes);
    }
  }
}
