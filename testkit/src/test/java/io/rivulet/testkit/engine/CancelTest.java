package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.message.Cancellation;
import io.rivulet.engine.message.Cancellation.Found;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.MessageHandle;
import io.rivulet.engine.message.ReplyAddress;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What was cancelled is delivered to nobody, and whoever has it learns of it. */
final class CancelTest {
  private final RequestWorld world = new RequestWorld();

  private Outcome<Cancellation> cancel(String handle) {
    return world.settled(world.shard().cancel("", handle));
  }

  private Found cancel(SendReceipt receipt) {
    return cancel(receipt.handle()).value().found();
  }

  private static Refusal refusalOf(Outcome<?> outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    return ((Outcome.Refused<?>) outcome).refusal();
  }

  private void makeReplyTopic() {
    var definition = TopicDefinition.of("replies", TopicType.LITE);
    assertThat(world.settled(world.shard().defineTopic(definition)).isOk()).isTrue();
  }

  private Message.Builder request() {
    return world
        .message("t")
        .properties(
            Map.of(
                ReplyAddress.TOPIC_PROPERTY,
                "replies",
                ReplyAddress.LITE_TOPIC_PROPERTY,
                "answer-1"));
  }

  private long backlog(String group) {
    return world.settled(world.shard().describeGroup(group)).value().topics().getFirst().backlog();
  }

  @Test
  void aWaitingMessageIsDeliveredToNoGroup() {
    world.standardGroup("g", "t", Filter.all());
    world.standardGroup("h", "t", Filter.all());
    world.send(world.message("t"));
    SendReceipt second = world.send(world.message("t"));
    world.send(world.message("t"));

    Cancellation cancelled = cancel(second.handle()).value();

    assertThat(cancelled).isEqualTo(new Cancellation(Found.WAITING, "m1"));
    assertThat(backlog("g")).isEqualTo(2);
    assertThat(world.pollIds("g", "t")).containsExactlyInAnyOrder("m0", "m2");
    assertThat(world.pollIds("h", "t")).containsExactlyInAnyOrder("m0", "m2");
    assertThat(world.shard().stats().withdrawn().cancelled()).isEqualTo(1);
  }

  @Test
  void aGroupThatComesLaterSkipsItToo() {
    SendReceipt first = world.send(world.message("t"));
    world.send(world.message("t"));
    assertThat(cancel(first)).isEqualTo(Found.WAITING);

    world.standardGroup("late", "t", Filter.all());

    assertThat(world.pollIds("late", "t")).containsExactly("m1");
  }

  @Test
  void aResetOfTheOffsetDoesNotBringItBack() {
    world.liteGroup("g", "chat", "s");
    SendReceipt first = world.send(world.message("chat").liteTopic("s"));
    world.send(world.message("chat").liteTopic("s"));
    cancel(first);
    world.acknowledge("g", world.poll("g", "chat").getFirst());

    world.settled(world.shard().resetOffset("g", "chat", Optional.of("s"), new OffsetOption.Min()));

    assertThat(world.pollIds("g", "chat")).containsExactly("m1");
  }

  @Test
  void aLiteTopicGoesOnBehindIt() {
    world.liteGroup("g", "chat", "s");
    SendReceipt first = world.send(world.message("chat").liteTopic("s"));
    world.send(world.message("chat").liteTopic("s"));
    DeliveredMessage held = world.poll("g", "chat").getFirst();
    assertThat(held.message().message().id()).isEqualTo("m0");

    assertThat(cancel(first)).isEqualTo(Found.RUNNING);

    assertThat(world.acknowledge("g", held).isOk()).isTrue();
    world.pass(RequestWorld.LEASE.plusSeconds(1));
    assertThat(world.pollIds("g", "chat")).containsExactly("m1");
  }

  @Test
  void whoHasItIsToldWhenItAsksForMoreTime() {
    world.standardGroup("g", "t", Filter.all());
    SendReceipt receipt = world.send(world.message("t"));
    DeliveredMessage held = world.poll("g", "t").getFirst();

    assertThat(cancel(receipt)).isEqualTo(Found.RUNNING);

    Outcome<String> longer =
        world.settled(
            world
                .shard()
                .changeInvisible("g", held.receiptHandle(), Duration.ofSeconds(60), false));
    assertThat(refusalOf(longer).code()).isEqualTo(RefusalCode.INVALID_RECEIPT_HANDLE);
    assertThat(refusalOf(longer).message()).contains("was cancelled");
    assertThat(world.acknowledge("g", held).isOk()).isTrue();
    world.pass(RequestWorld.LEASE.plusSeconds(1));
    assertThat(world.pollIds("g", "t")).isEmpty();
  }

  @Test
  void aRedeliveryThatWaitsIsCancelled() {
    world.standardGroup("g", "t", Filter.all());
    SendReceipt receipt = world.send(world.message("t"));
    world.poll("g", "t");
    world.pass(RequestWorld.LEASE.plusSeconds(1));

    assertThat(cancel(receipt)).isEqualTo(Found.WAITING);

    assertThat(world.pollIds("g", "t")).isEmpty();
    assertThat(backlog("g")).isZero();
  }

  @Test
  void whatIsDoneStaysDone() {
    world.standardGroup("g", "t", Filter.all());
    SendReceipt receipt = world.send(world.message("t"));
    world.acknowledge("g", world.poll("g", "t").getFirst());

    assertThat(cancel(receipt)).isEqualTo(Found.DONE);
    assertThat(cancel(receipt)).isEqualTo(Found.DONE);
  }

  @Test
  void cancellingAgainIsFine() {
    SendReceipt receipt = world.send(world.message("t"));

    assertThat(cancel(receipt)).isEqualTo(Found.WAITING);

    assertThat(cancel(receipt)).isEqualTo(Found.CANCELLED);
  }

  @Test
  void aRunningRequestIsCancelledWithANoteInItsReplyLiteTopic() {
    makeReplyTopic();
    world.standardGroup("g", "t", Filter.all());
    SendReceipt receipt = world.send(request());
    world.poll("g", "t");

    assertThat(cancel(receipt)).isEqualTo(Found.RUNNING);
    assertThat(cancel(receipt)).isEqualTo(Found.CANCELLED);

    List<Message> notes = world.read("replies", "answer-1");
    assertThat(notes).hasSize(1);
    assertThat(notes.getFirst().tag()).isEqualTo("rivulet-cancelled");
    assertThat(notes.getFirst().properties())
        .isEqualTo(Map.of("rivulet-cancelled-message-id", "m0"));
    assertThat(notes.getFirst().body().size()).isZero();
  }

  @Test
  void nobodyIsToldOfWhatNobodyHad() {
    makeReplyTopic();
    world.standardGroup("g", "t", Filter.all());
    SendReceipt receipt = world.send(request());

    assertThat(cancel(receipt)).isEqualTo(Found.WAITING);

    assertThat(world.read("replies", "answer-1")).isEmpty();
  }

  @Test
  void withoutTheReplyTopicItIsCancelledAllTheSame() {
    world.standardGroup("g", "t", Filter.all());
    SendReceipt receipt = world.send(request());
    world.poll("g", "t");

    assertThat(cancel(receipt)).isEqualTo(Found.RUNNING);

    assertThat(world.shard().topic("replies")).isEmpty();
    world.pass(RequestWorld.LEASE.plusSeconds(1));
    assertThat(world.pollIds("g", "t")).isEmpty();
  }

  @Test
  void aLargeMessageIsCancelledLikeAnyOther() {
    makeReplyTopic();
    world.standardGroup("g", "t", Filter.all());
    Message.Builder large =
        Message.builder("t", "large", new byte[400_000])
            .properties(
                Map.of(
                    ReplyAddress.TOPIC_PROPERTY,
                    "replies",
                    ReplyAddress.LITE_TOPIC_PROPERTY,
                    "answer-1"));
    SendReceipt receipt = world.send(large);
    world.poll("g", "t");

    assertThat(cancel(receipt.handle()).value())
        .isEqualTo(new Cancellation(Found.RUNNING, "large"));

    assertThat(world.read("replies", "answer-1")).hasSize(1);
    world.pass(RequestWorld.LEASE.plusSeconds(1));
    assertThat(world.pollIds("g", "t")).isEmpty();
  }

  @Test
  void aCancellationSurvivesARestart() {
    makeReplyTopic();
    world.standardGroup("g", "t", Filter.all());
    SendReceipt waiting = world.send(world.message("t"));
    SendReceipt running = world.send(request());
    world.poll("g", "t");
    world.pass(RequestWorld.LEASE.plusSeconds(1));
    world.poll("g", "t");
    cancel(running);
    cancel(waiting);
    for (boolean isIndexLost : List.of(false, true, false)) {
      // So that there is a checkpoint in between, and the rows are read back.
      world.pass(Duration.ofSeconds(10));
      world.restart(isIndexLost);
      world.introduce("c-g", "g");
      world.pass(RequestWorld.LEASE.plusSeconds(1));

      assertThat(world.pollIds("g", "t")).isEmpty();
      assertThat(cancel(waiting)).isEqualTo(Found.CANCELLED);
    }
    world.standardGroup("late", "t", Filter.all());
    assertThat(world.pollIds("late", "t")).isEmpty();
  }

  @Test
  void aHandleIsOfOneTopic() {
    SendReceipt receipt = world.send(world.message("t"));

    Refusal refusal = refusalOf(world.settled(world.shard().cancel("other", receipt.handle())));

    assertThat(refusal.code()).isEqualTo(RefusalCode.ILLEGAL_ARGUMENT);
    assertThat(world.settled(world.shard().cancel("t", receipt.handle())).isOk()).isTrue();
  }

  @Test
  void whatIsNoHandleIsRefused() {
    String handle = world.send(world.message("t")).handle();
    String typedWrong = handle.substring(0, 10) + "_" + handle.substring(11);

    for (String text : List.of("", "m1_", "nonsense", typedWrong, handle + "A")) {
      assertThat(refusalOf(cancel(text)).code()).isEqualTo(RefusalCode.ILLEGAL_ARGUMENT);
    }
    assertThat(MessageHandle.decode(handle)).isPresent();
  }

  @Test
  void whatIsNotThereIsRefused() {
    SendReceipt receipt = world.send(world.message("chat").liteTopic("s"));
    assertThat(world.settled(world.shard().reclaimLite("chat", "s")).isOk()).isTrue();

    assertThat(refusalOf(cancel(receipt.handle())).code()).isEqualTo(RefusalCode.MESSAGE_NOT_FOUND);
    assertThat(refusalOf(cancel(new MessageHandle(987_654, 3).encode())).code())
        .isEqualTo(RefusalCode.MESSAGE_NOT_FOUND);
  }

  @Test
  void groupsWithAFilterAreNotWaitedFor() {
    world.standardGroup("a", "t", new Filter(Set.of("a")));
    SendReceipt receipt = world.send(world.message("t").tag("b"));
    world.standardGroup("all", "t", Filter.all());
    world.acknowledge("all", world.poll("all", "t").getFirst());

    assertThat(cancel(receipt)).isEqualTo(Found.DONE);
  }
}
