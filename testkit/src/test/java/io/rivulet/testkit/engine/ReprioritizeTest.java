package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.message.Cancellation.Found;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.Reprioritized;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.scheduling.Fairness;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What waits can be given another priority. */
final class ReprioritizeTest {
  private final RequestWorld world = new RequestWorld();

  private Outcome<Reprioritized> ask(String handle, int priority) {
    return world.settled(world.shard().reprioritize(handle, priority));
  }

  private Refusal refusalOf(String handle, int priority) {
    Outcome<Reprioritized> outcome = ask(handle, priority);
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    return ((Outcome.Refused<?>) outcome).refusal();
  }

  private SendReceipt send(int priority) {
    return world.send(world.message("prio").priority(priority));
  }

  private Found cancel(String handle) {
    return world.settled(world.shard().cancel("", handle)).value().found();
  }

  /** One after the other, as they come. */
  private List<String> drain(String group, String topic) {
    List<String> got = new ArrayList<>();
    List<DeliveredMessage> batch = world.poll(group, topic);
    while (!batch.isEmpty()) {
      got.addAll(RequestWorld.ids(batch));
      batch.forEach(each -> world.acknowledge(group, each));
      batch = world.poll(group, topic);
    }
    return got;
  }

  @Test
  void aWaitingMessageOvertakesWhenItIsGivenAHigherPriority() {
    world.standardGroup("g", "prio", Filter.all());
    send(1);
    SendReceipt second = send(1);
    send(5);

    Reprioritized moved = ask(second.handle(), 9).value();

    assertThat(moved.priority()).isEqualTo(9);
    assertThat(moved.isWholeQueue()).isFalse();
    assertThat(moved.handle()).isNotEqualTo(second.handle());
    assertThat(drain("g", "prio")).containsExactly("m1", "m2", "m0");
    assertThat(world.shard().stats().withdrawn().reprioritized()).isEqualTo(1);
    assertThat(world.shard().stats().duplicateSends()).isZero();
  }

  @Test
  void theCopyIsWhatWasSent() {
    world.standardGroup("g", "prio", Filter.all());
    long deadline = world.wallMillis() + 60_000;
    Message.Builder sent =
        world
            .message("prio", new byte[] {1, 2, 3})
            .tag("tag")
            .keys(List.of("key"))
            .priority(1)
            .born(5, "host")
            .properties(
                Map.of(
                    "other",
                    "value",
                    Demand.DEADLINE_PROPERTY,
                    Long.toString(deadline),
                    Fairness.DEFAULT_PROPERTY,
                    "tenant"));
    SendReceipt receipt = world.send(sent);

    ask(receipt.handle(), 2).value();

    Message got = world.poll("g", "prio").getFirst().message().message();
    Message expected = sent.priority(2).build();
    assertThat(got.with(expected.body())).isEqualTo(expected);
    assertThat(got.body().toArray()).containsExactly(1, 2, 3);
    assertThat(world.read("prio", "p2/tenant")).hasSize(1);
  }

  @Test
  void theDeadlineMovesWithTheMessage() {
    world.standardGroup("g", "prio", Filter.all());
    String deadline = Long.toString(world.wallMillis() + 5_000);
    SendReceipt receipt =
        world.send(
            world
                .message("prio")
                .priority(1)
                .properties(Map.of(Demand.DEADLINE_PROPERTY, deadline)));
    ask(receipt.handle(), 2).value();
    world.pass(Duration.ofSeconds(6));

    assertThat(world.pollIds("g", "prio")).isEmpty();

    assertThat(world.shard().stats().withdrawn().expired()).isEqualTo(1);
  }

  @Test
  void bothHandlesLeadToTheMessage() {
    world.standardGroup("g", "prio", Filter.all());
    SendReceipt receipt = send(1);
    String second = ask(receipt.handle(), 2).value().handle();
    String third = ask(receipt.handle(), 3).value().handle();

    assertThat(ask(second, 3).value().handle()).isEqualTo(third);
    assertThat(cancel(receipt.handle())).isEqualTo(Found.WAITING);
    assertThat(cancel(third)).isEqualTo(Found.CANCELLED);
    assertThat(drain("g", "prio")).isEmpty();
  }

  @Test
  void theSamePriorityChangesNothing() {
    SendReceipt receipt = send(1);

    assertThat(ask(receipt.handle(), 1).value().handle()).isEqualTo(receipt.handle());

    assertThat(world.shard().stats().withdrawn().reprioritized()).isZero();
  }

  @Test
  void twoAtOnceMakeOneCopy() {
    world.standardGroup("g", "prio", Filter.all());
    SendReceipt receipt = send(1);
    var first = world.shard().reprioritize(receipt.handle(), 2);
    var second = world.shard().reprioritize(receipt.handle(), 3);
    world.driver.settle();

    assertThat(first).isDone();
    assertThat(second).isDone();
    assertThat(drain("g", "prio")).containsExactly("m0");
  }

  @Test
  void aLargeMessageMovesWhole() {
    world.standardGroup("g", "prio", Filter.all());
    SendReceipt receipt = world.send(world.message("prio", new byte[400_000]).priority(1));
    send(4);

    ask(receipt.handle(), 5).value();

    List<DeliveredMessage> got = world.poll("g", "prio");
    assertThat(RequestWorld.ids(got).getFirst()).isEqualTo("m0");
    assertThat(got.getFirst().message().message().body().size()).isEqualTo(400_000);
  }

  @Test
  void aLargeMessageThatIsTakenMeanwhileStaysWhereItIs() {
    world.standardGroup("g", "prio", Filter.all());
    SendReceipt receipt = world.send(world.message("prio", new byte[400_000]).priority(1));
    var moving = world.shard().reprioritize(receipt.handle(), 5);
    for (int i = 0; i < 3; i++) {
      world.driver.round();
    }

    List<String> got = new ArrayList<>(world.pollIds("g", "prio"));

    assertThat(moving).isDone();
    world.pass(Duration.ofSeconds(1));
    got.addAll(world.pollIds("g", "prio"));
    assertThat(got).containsExactly("m0");
  }

  @Test
  void whatIsRunningDoneOrCancelledIsRefused() {
    world.standardGroup("g", "prio", Filter.all());
    SendReceipt running = send(1);
    DeliveredMessage held = world.poll("g", "prio").getFirst();
    assertThat(refusalOf(running.handle(), 2).code()).isEqualTo(RefusalCode.MESSAGE_NOT_WAITING);
    assertThat(refusalOf(running.handle(), 2).message()).startsWith("the message is running");
    world.acknowledge("g", held);
    assertThat(refusalOf(running.handle(), 2).message()).startsWith("the message is done");

    SendReceipt cancelled = send(1);
    cancel(cancelled.handle());
    assertThat(refusalOf(cancelled.handle(), 2).message()).startsWith("the message was cancelled");
  }

  @Test
  void whatOneGroupHasDoneIsNotMovedForAnother() {
    world.standardGroup("g", "prio", Filter.all());
    world.standardGroup("h", "prio", Filter.all());
    SendReceipt receipt = send(1);
    world.acknowledge("g", world.poll("g", "prio").getFirst());

    assertThat(refusalOf(receipt.handle(), 2).message()).contains("group 'g'");

    assertThat(drain("h", "prio")).containsExactly("m0");
  }

  @Test
  void aWholeLiteTopicOrMessageGroupGetsThePriority() {
    world.liteGroup("l", "chat", "a", "b");
    world.send(world.message("chat").liteTopic("a"));
    SendReceipt lite = world.send(world.message("chat").liteTopic("b"));
    world.standardGroup("f", "fifo", Filter.all());
    world.send(world.message("fifo").messageGroup("a"));
    SendReceipt fifo = world.send(world.message("fifo").messageGroup("b"));

    Reprioritized changed = ask(lite.handle(), 7).value();
    ask(fifo.handle(), 7).value();

    assertThat(changed).isEqualTo(new Reprioritized(lite.handle(), 7, true));
    assertThat(drain("l", "chat")).containsExactly("m1", "m0");
    assertThat(drain("f", "fifo")).containsExactly("m3", "m2");
  }

  @Test
  void aNormalTopicHasNoPriorities() {
    SendReceipt receipt = world.send(world.message("t"));

    Refusal refusal = refusalOf(receipt.handle(), 3);

    assertThat(refusal.code()).isEqualTo(RefusalCode.TYPE_MISMATCH);
    assertThat(refusal.message()).contains("PRIORITY topic", "lite topic", "message group");
  }

  @Test
  void aPriorityIsFromZero() {
    assertThat(refusalOf(send(1).handle(), -1).code()).isEqualTo(RefusalCode.ILLEGAL_ARGUMENT);
  }

  @Test
  void aMoveSurvivesARestart() {
    world.standardGroup("g", "prio", Filter.all());
    send(5);
    SendReceipt receipt = send(1);
    ask(receipt.handle(), 9).value();
    world.pass(Duration.ofSeconds(10));

    world.restart(false);
    world.restart(true);

    world.introduce("c-g", "g");
    assertThat(ask(receipt.handle(), 8).isOk()).isTrue();
    assertThat(drain("g", "prio")).containsExactly("m1", "m0");
  }

  @Test
  void aSendThatIsRepeatedAfterAMoveIsStillRecognised() {
    world.standardGroup("g", "prio", Filter.all());
    Message.Builder message = world.message("prio").priority(1);
    SendReceipt receipt = world.send(message);
    ask(receipt.handle(), 9).value();

    assertThat(world.send(message).isDuplicate()).isTrue();

    assertThat(drain("g", "prio")).containsExactly("m0");
  }
}
