package io.rivulet.cluster.forward;

import static io.rivulet.cluster.forward.TwoNodes.KIB;
import static io.rivulet.cluster.forward.TwoNodes.delivered;
import static io.rivulet.cluster.forward.TwoNodes.message;
import static io.rivulet.cluster.forward.TwoNodes.poll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.netty.NettyChannelBuilder;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.LastAnswers;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeLinkTest {
  private TwoNodes nodes = new TwoNodes();

  NodeLinkTest() throws IOException {}

  @AfterEach
  void close() {
    nodes.close();
  }

  private CompletableFuture<List<Outcome<SendReceipt>>> send(
      int shard, String id, @Nullable String liteTopic, int bytes) {
    return nodes.link.shard(shard).send("client", List.of(message(id, liteTopic, bytes)));
  }

  private void answer(int index) {
    nodes
        .asked
        .get(index)
        .reply()
        .complete(List.of(Outcome.ok(new SendReceipt("stored-" + index, 1, index, false))));
    nodes.settle();
  }

  private List<String> arrived() {
    return nodes.asked.stream().map(TwoNodes.Asked::ids).toList();
  }

  private static RefusalCode refusalOf(CompletableFuture<List<Outcome<SendReceipt>>> reply) {
    return ((Outcome.Refused<SendReceipt>) reply.join().getFirst()).refusal().code();
  }

  private static String whyOf(CompletableFuture<List<Outcome<SendReceipt>>> reply) {
    return ((Outcome.Refused<SendReceipt>) reply.join().getFirst()).refusal().message();
  }

  @Test
  void manyCallsShareFewFramesAndEachGetsItsOwnAnswer() {
    List<CompletableFuture<List<Outcome<SendReceipt>>>> replies = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      replies.add(send(i % 3, "m" + i, "x", 20));
    }
    nodes.settle();
    assertThat(nodes.asked).hasSize(500);
    assertThat(nodes.calling.counted().open()).isEqualTo(500);
    assertThat(nodes.calling.counted().frames()).isLessThan(10);

    for (int i = 499; i >= 0; i--) {
      assertThat(nodes.asked.get(i).ids()).isEqualTo("m" + i);
      nodes
          .asked
          .get(i)
          .reply()
          .complete(List.of(Outcome.ok(new SendReceipt("stored-" + i, 1, i, false))));
    }
    nodes.settle();

    for (int i = 0; i < 500; i++) {
      assertThat(replies.get(i).join())
          .containsExactly(Outcome.ok(new SendReceipt("stored-" + i, 1, i, false)));
    }
    assertThat(nodes.serving.counted().frames()).isLessThan(10);
    assertThat(nodes.calling.counted().prompt()).isEqualTo(500);
    assertThat(nodes.isClean()).isTrue();
  }

  @Test
  void smallCallsDoNotWaitForALargeOneUnlessTheyAreOfItsLiteTopic() {
    var _ = send(0, "before", "x", 10);
    var _ = send(0, "large", "x", 900 * KIB);
    var _ = send(0, "after", "x", 10);
    var _ = send(1, "other", "y", 10);
    var _ = send(0, "last", "x", 10);
    nodes.settle();

    assertThat(arrived()).containsExactly("before", "other", "large", "after", "last");
  }

  @Test
  void whatIsLargeByItsPropertiesIsNotOvertakenEither() {
    Message small = message("large", "x", 10);
    List<Message> batch = Collections.nCopies(2000, small);
    CompletableFuture<?> large = nodes.link.shard(0).send("client", batch);
    var _ = send(0, "after", "x", 10);
    var _ = send(0, "other", "y", 10);
    nodes.settle();

    assertThat(large).isNotDone();
    assertThat(nodes.asked).hasSize(3);
    assertThat(nodes.asked.get(0).ids()).isEqualTo("other");
    assertThat(nodes.asked.get(1).ids()).startsWith("large,large");
    assertThat(nodes.asked.get(2).ids()).isEqualTo("after");
  }

  @Test
  void largeCallsComeWholeAndAreGivenBackWhenTheyAreAnswered() {
    CompletableFuture<List<Outcome<SendReceipt>>> reply = send(0, "large", "x", 900 * KIB);
    nodes.settle();
    assertThat(nodes.serving.received().usedBytes()).isGreaterThan(900 * KIB);

    answer(0);

    assertThat(reply.join()).allMatch(Outcome::isOk);
    assertThat(nodes.isClean()).isTrue();
  }

  @Test
  void whatTheReceiverHasNoRoomForWaitsAndSmallCallsGoOn() {
    assertThat(nodes.serving.received().enter(900 * KIB)).isCompleted();
    CompletableFuture<List<Outcome<SendReceipt>>> large = send(0, "large", "x", 700 * KIB);
    var _ = send(0, "small", "y", 10);
    nodes.settle();
    assertThat(arrived()).containsExactly("small");

    nodes.serving.received().leave(900 * KIB);
    nodes.settle();
    assertThat(arrived()).containsExactly("small", "large");
    answer(0);
    answer(1);

    assertThat(large.join()).allMatch(Outcome::isOk);
    assertThat(nodes.isClean()).isTrue();
  }

  @Test
  void whatNeverGetsRoomIsRefusedWhenItsTimeIsOver() {
    assertThat(nodes.serving.received().enter(900 * KIB)).isCompleted();
    CompletableFuture<List<Outcome<SendReceipt>>> large = send(0, "large", "x", 700 * KIB);
    nodes.settle();
    CompletableFuture<List<Outcome<SendReceipt>>> behind = send(0, "behind", "x", 10);
    nodes.pass(Duration.ofSeconds(11));

    assertThat(refusalOf(large)).isEqualTo(RefusalCode.UNAVAILABLE);
    assertThat(behind)
        .as("it may go now, or its time is over")
        .satisfiesAnyOf(
            each -> assertThat(each).isDone(), each -> assertThat(arrived()).contains("behind"));
    nodes.serving.received().leave(900 * KIB);
    nodes.settle();
    assertThat(arrived()).doesNotContain("large");
    nodes.pass(Duration.ofSeconds(11));
    assertThat(nodes.isClean()).isTrue();
  }

  @Test
  void largeAnswersComeWhole() {
    CompletableFuture<Outcome<List<DeliveredMessage>>> reply =
        nodes.link.calls().pollReady(poll(Duration.ZERO));
    nodes.settle();
    nodes
        .last()
        .reply()
        .complete(Outcome.ok(List.of(delivered("m1", 3000 * KIB), delivered("m2", 10))));
    nodes.settle();

    assertThat(reply.join().value())
        .extracting(each -> each.message().message().body().size())
        .containsExactly(3000 * KIB, 10);
    assertThat(nodes.isClean()).isTrue();
  }

  @Test
  void anAnswerThatIsTooLargeIsNotSent() {
    CompletableFuture<Outcome<List<DeliveredMessage>>> reply =
        nodes.link.calls().pollReady(poll(Duration.ZERO));
    nodes.settle();
    nodes.last().reply().complete(Outcome.ok(List.of(delivered("m1", TwoNodes.MAX_BYTES))));
    nodes.settle();

    assertThat(reply.join().isOk()).isFalse();
    assertThat(nodes.isClean()).isTrue();
  }

  @Test
  void aCallThatIsTooLargeIsRefused() {
    CompletableFuture<List<Outcome<SendReceipt>>> reply = send(0, "huge", "x", TwoNodes.MAX_BYTES);
    nodes.settle();

    assertThat(whyOf(reply)).contains("RESOURCE_EXHAUSTED");
    assertThat(nodes.asked).isEmpty();
    assertThat(nodes.isClean()).isTrue();
  }

  @Test
  void whoIsNotWaitedForIsCancelledThereToo() {
    CompletableFuture<Outcome<List<DeliveredMessage>>> reply =
        nodes.link.calls().pollReady(poll(Duration.ofSeconds(30)));
    nodes.settle();
    assertThat(nodes.last().reply()).isNotDone();

    reply.cancel(false);
    nodes.settle();

    assertThat(nodes.last().reply()).isCancelled();
    assertThat(nodes.calling.counted().failed()).isZero();
    assertThat(nodes.isClean()).isTrue();
  }

  @Test
  void whatAPollWasHandedThatWasCancelledMeanwhileIsGivenBack() {
    CompletableFuture<Outcome<List<DeliveredMessage>>> reply =
        nodes.link.shard(1).poll(poll(Duration.ofSeconds(30)));
    nodes.settle();
    nodes.last().reply().complete(Outcome.ok(List.of(delivered("m1", 10))));

    reply.cancel(false);
    nodes.settle();

    assertThat(nodes.released).containsExactly("handle-m1");
    assertThat(nodes.isClean()).isTrue();
  }

  @Test
  void whatCouldNotBeSentInTheTimeOfItsPollIsGivenBack() {
    CompletableFuture<Outcome<List<DeliveredMessage>>> reply =
        nodes.link.shard(1).poll(poll(Duration.ofSeconds(1)));
    nodes.settle();
    CompletableFuture<Void> others = nodes.serving.sent().enter(TwoNodes.LINK_BYTES);
    assertThat(others).isCompleted();
    nodes.last().reply().complete(Outcome.ok(List.of(delivered("m1", 100 * KIB))));
    nodes.settle();
    assertThat(nodes.released).isEmpty();

    nodes.pass(Duration.ofMinutes(2));

    assertThat(reply.join().isOk()).isFalse();
    assertThat(nodes.released).containsExactly("handle-m1");
  }

  @Test
  void whatAPollHasGotIsItsOwn() {
    CompletableFuture<Outcome<List<DeliveredMessage>>> reply =
        nodes.link.shard(1).poll(poll(Duration.ofSeconds(30)));
    nodes.settle();
    nodes.last().reply().complete(Outcome.ok(List.of(delivered("m1", 10))));
    nodes.settle();

    assertThat(reply.cancel(false)).isFalse();
    nodes.settle();

    assertThat(nodes.released).isEmpty();
  }

  @Test
  void whatCanNotBeReadKeepsBackItsQueueOnlyAndComesAgain() {
    Body unreadable =
        Body.stored(
            KIB,
            _ -> {
              throw new IOException("the disk is damaged");
            });
    DeliveredMessage damaged =
        new DeliveredMessage(
            new StoredMessage(message("m1", "x", 1).with(unreadable), 77, 2, 3), "handle-m1", 1);
    DeliveredMessage behind =
        new DeliveredMessage(new StoredMessage(message("m3", "x", 1), 77, 3, 3), "handle-m3", 1);
    CompletableFuture<Outcome<List<DeliveredMessage>>> reply =
        nodes.link.calls().pollReady(poll(Duration.ofSeconds(30)));
    nodes.settle();

    nodes.last().reply().complete(Outcome.ok(List.of(damaged, delivered("m2", 10), behind)));
    nodes.settle();

    assertThat(reply.join().value())
        .extracting(DeliveredMessage::receiptHandle)
        .containsExactly("handle-m2");
    assertThat(nodes.putOff).containsExactly("handle-m1");
    assertThat(nodes.released).containsExactly("handle-m3");
    assertThat(nodes.doubted).isEmpty();
    assertThat(nodes.isClean()).isTrue();
  }

  @Test
  void whatIsCancelledOnItsWayLeavesNothingBehind() {
    CompletableFuture<List<Outcome<SendReceipt>>> reply = send(0, "large", "x", 900 * KIB);
    for (int i = 0; i < 8; i++) {
      nodes.step();
    }
    reply.cancel(false);
    nodes.settle();

    assertThat(nodes.asked).allMatch(each -> each.reply().isCancelled());
    assertThat(nodes.isClean()).isTrue();
  }

  @Test
  void whatWasAnsweredOverAStreamThatBreaksIsInDoubtForItsClient() throws IOException {
    CompletableFuture<Outcome<List<DeliveredMessage>>> polled =
        nodes.link.calls().pollReady(poll(Duration.ZERO));
    nodes.settle();
    assertThat(nodes.doubted).isEmpty();
    nodes.last().reply().complete(Outcome.ok(List.of(delivered("m1", 10))));
    nodes.settle();
    assertThat(polled.join().isOk()).isTrue();

    nodes.restart();
    nodes.settle();

    assertThat(nodes.doubted)
        .extracting(LastAnswers.Doubt::clients)
        .containsExactly(Set.of(poll(Duration.ZERO).clientId()));
  }

  @Test
  void whenTheStreamBreaksAllCallsEndAndTheNextOneOpensAnother() throws IOException {
    CompletableFuture<List<Outcome<SendReceipt>>> sent = send(0, "m", "x", 10);
    CompletableFuture<Boolean> waiting =
        nodes.link.calls().awaitReady(new NodeCalls.Consumer("g", "t", "c"), Duration.ofSeconds(5));
    nodes.settle();

    nodes.restart();
    nodes.settle();

    assertThat(nodes.asked).hasSize(2).allMatch(each -> each.reply().isCancelled());
    assertThat(nodes.ended).containsExactly("a");
    assertThat(whyOf(sent)).contains("it is not known whether the request was carried out");
    assertThat(waiting).isCompletedExceptionally();
    CompletableFuture<List<Outcome<SendReceipt>>> again = send(0, "again", "x", 10);
    nodes.settle();
    answer(2);
    assertThat(again.join()).allMatch(Outcome::isOk);
    assertThat(nodes.ended).hasSize(1);
    assertThat(nodes.isClean()).isTrue();
  }

  @Test
  void whoDoesNotAnswerInTimeIsWaitedForNoLonger() {
    CompletableFuture<List<Outcome<SendReceipt>>> sent = send(0, "m", "x", 10);
    CompletableFuture<Outcome<List<DeliveredMessage>>> polled =
        nodes.link.shard(1).poll(poll(Duration.ofSeconds(20)));
    nodes.settle();
    nodes.pass(Duration.ofMillis(9900));
    assertThat(sent).isNotDone();

    nodes.pass(Duration.ofMillis(300));

    assertThat(whyOf(sent)).contains("DEADLINE_EXCEEDED");
    assertThat(nodes.asked.getFirst().reply()).isCancelled();
    assertThat(polled).as("it may wait for messages").isNotDone();
    nodes.pass(Duration.ofSeconds(20));
    assertThat(polled.join().isOk()).isFalse();
    assertThat(nodes.last().reply()).isCancelled();
    assertThat(nodes.calling.counted().failed()).isEqualTo(2);
    assertThat(nodes.isClean()).isTrue();
  }

  @Test
  void versionsThatDoNotUnderstandEachOtherAreToldApart() throws IOException {
    nodes.close();
    NodeProtocol.Caller other = NodeProtocol.Caller.named("a");
    nodes = new TwoNodes(null, new NodeProtocol.Caller("a", "0", other.reporting()));

    CompletableFuture<List<Outcome<SendReceipt>>> sent = send(0, "m", "x", 10);
    CompletableFuture<?> report = nodes.link.reports().report();
    nodes.settle();

    assertThat(whyOf(sent)).contains("UNIMPLEMENTED");
    assertThat(report).isNotDone();
    assertThat(nodes.asked).extracting(TwoNodes.Asked::method).containsExactly("report");
  }

  @Test
  void aNodeThatDoesNotServeTheShardHasDoneNothing() {
    CompletableFuture<List<Outcome<SendReceipt>>> small = send(7, "m", "x", 10);
    CompletableFuture<List<Outcome<SendReceipt>>> large = send(7, "large", "y", 300 * KIB);
    CompletableFuture<List<Outcome<SendReceipt>>> moved = send(0, "moved", "x", 10);
    nodes.settle();
    nodes.last().reply().completeExceptionally(new NotOwnerException("it has just moved"));
    nodes.settle();

    for (CompletableFuture<?> each : List.of(small, large, moved)) {
      assertThatThrownBy(each::join)
          .isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(NotOwnerException.class);
    }
    assertThat(nodes.asked).hasSize(1);
    assertThat(nodes.calling.counted().moved()).isEqualTo(3);
    assertThat(nodes.isClean()).isTrue();
  }

  @Test
  void whatFailsThereIsRefusedHere() {
    CompletableFuture<List<Outcome<SendReceipt>>> sent = send(0, "m", "x", 10);
    CompletableFuture<Boolean> gone = nodes.link.calls().clientGone("c");
    nodes.settle();
    nodes.asked.forEach(each -> each.reply().completeExceptionally(new IOException("a bug")));
    nodes.settle();

    assertThat(whyOf(sent)).contains("ABORTED");
    assertThatThrownBy(gone::join).hasMessageContaining("a bug");
    assertThat(nodes.isClean()).isTrue();
  }

  @Test
  void aNodeWhoseAddressRefusesWasAskedNothing() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    try (NodeLink link =
        new NodeLink(
            "b",
            "a",
            NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build(),
            nodes.calling)) {
      CompletableFuture<?> sent = link.shard(0).send("client", List.of(message("m", "x", 10)));

      assertThatThrownBy(() -> sent.get(10, TimeUnit.SECONDS))
          .hasCauseInstanceOf(NotOwnerException.class);
    }
  }
}
