package io.rivulet.cluster.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Consumers get what other nodes hold, whatever is lost between these. */
final class PollHubTest {
  private static final Duration SOON = Duration.ofSeconds(8);
  private static final Duration LEASE = Duration.ofSeconds(2);

  private final ThreeNodes nodes;
  private final Engine a;

  PollHubTest() throws IOException {
    nodes =
        new ThreeNodes(
            EngineConfig.defaults().toBuilder().leaseTime(LEASE).maxMessageBytes(64 << 10).build());
    a = nodes.node(0);
    assertThat(get(a.defineTopic(TopicDefinition.of("chat", TopicType.LITE))).isOk()).isTrue();
    assertThat(get(a.defineGroup(GroupDefinition.prefix("g", "chat", ""))).isOk()).isTrue();
    a.clientSeen(new ClientInfo("c1", Optional.of("g"), Long.MAX_VALUE, "JAVA"));
  }

  @AfterEach
  void close() {
    nodes.close();
  }

  @Test
  void oneAnswerHoldsMessagesOfSeveralShards() {
    Set<String> wanted = new HashSet<>();
    for (int i = 0; i < 48; i++) {
      wanted.add(send("s" + i).messageId());
    }

    Set<String> got = new HashSet<>();
    int mostShards = 0;
    while (got.size() < wanted.size()) {
      List<DeliveredMessage> batch = get(a.poll(pollOf("c1", SOON, ""))).value();
      assertThat(batch).hasSizeBetween(1, 32);
      Set<Long> shards = new HashSet<>();
      batch.forEach(each -> shards.add(each.message().queueId() % ThreeNodes.SHARDS));
      batch.forEach(each -> assertThat(got.add(idOf(each))).isTrue());
      mostShards = Math.max(mostShards, shards.size());
    }

    assertThat(got).isEqualTo(wanted);
    assertThat(mostShards).isGreaterThan(1);
  }

  @Test
  void anAnswerThatWasLostBetweenNodesIsAskedForAgain() {
    String elsewhere = sendElsewhere();
    nodes.loseAnswersTo(0, 2);

    List<DeliveredMessage> got = get(a.poll(pollOf("c1", SOON, "attempt"))).value();

    assertThat(got).extracting(PollHubTest::idOf).containsExactly(elsewhere);
    assertThat(got.getFirst().attempt()).isEqualTo(1);
    assertThat(nodes.lostAnswers()).isEqualTo(2);
  }

  @Test
  void theSamePollGetsTheSameAgainWhateverNodesItCameFrom() {
    Set<String> sent = new HashSet<>();
    for (int i = 0; i < 12; i++) {
      sent.add(send("s" + i).messageId());
    }
    List<String> first = new ArrayList<>();
    while (first.size() < sent.size()) {
      String attempt = "attempt-" + first.size();
      List<String> got = ids(get(a.poll(pollOf("c1", SOON, attempt))).value());
      List<String> again = ids(get(a.poll(pollOf("c1", SOON, attempt))).value());
      assertThat(again).containsExactlyInAnyOrderElementsOf(got);
      first.addAll(got);
    }
    assertThat(first).containsExactlyInAnyOrderElementsOf(sent);
  }

  @Test
  void theSamePollGetsNoMoreThanItAskedForThoughNothingOfItsAnswerIsLeft() {
    for (int i = 0; i < 200; i++) {
      send("s" + i);
    }
    for (int i = 0; i < 3; i++) {
      List<DeliveredMessage> first = get(a.poll(pollOf("c1", SOON, "attempt-" + i))).value();
      get(a.acknowledge("g", first.stream().map(DeliveredMessage::receiptHandle).toList()));

      List<DeliveredMessage> again = get(a.poll(pollOf("c1", SOON, "attempt-" + i))).value();

      assertThat(again).hasSizeBetween(1, 32);
    }
  }

  @Test
  void whatWasLostIsStillAskedForWhenItsNodeCouldNotBeReachedInBetween() {
    String elsewhere = sendElsewhere();
    nodes.loseAnswersTo(0, 1);
    nodes.keepPollsAfterLossFrom(0, 1);

    List<DeliveredMessage> got = get(a.poll(pollOf("c1", SOON, ""))).value();

    assertThat(ids(got)).containsExactly(elsewhere);
    assertThat(nodes.lostAnswers()).isEqualTo(1);
  }

  @Test
  void whatWasLostComesAgainThoughItsNodeIsGone() throws IOException {
    String elsewhere = sendElsewhere();
    nodes.loseAnswersTo(0, 1);
    for (int i = 0; i < 100 && nodes.lostAnswers() == 0; i++) {
      assertThat(get(a.poll(pollOf("c1", Duration.ofMillis(20), ""))).value()).isEmpty();
    }
    assertThat(nodes.lostAnswers()).isEqualTo(1);

    int shard = shardElsewhere("s");
    nodes.hideOthersFrom(0);
    nodes.take(shard);
    nodes.serve(shard, 0);

    assertThat(ids(get(a.poll(pollOf("c1", SOON, ""))).value())).containsExactly(elsewhere);
  }

  @Test
  void whatWasLostComesAgainThoughItsShardHadLeftWhenItWasAskedForAgain() throws IOException {
    String elsewhere = sendElsewhere();
    int shard = shardElsewhere("s");
    nodes.loseAnswersTo(0, 1);
    for (int i = 0; i < 100 && nodes.lostAnswers() == 0; i++) {
      assertThat(get(a.poll(pollOf("c1", Duration.ofMillis(20), ""))).value()).isEmpty();
    }
    nodes.take(shard);
    nodes.serve(shard, 2);

    assertThat(ids(get(a.poll(pollOf("c1", SOON, ""))).value())).containsExactly(elsewhere);
  }

  @Test
  void whatWasLostAndNobodyPollsForIsGivenBack() {
    String elsewhere = sendElsewhere();
    nodes.loseAnswersTo(0, Integer.MAX_VALUE);
    for (int i = 0; i < 100 && nodes.lostAnswers() == 0; i++) {
      assertThat(get(a.poll(pollOf("c1", Duration.ofMillis(20), ""))).value()).isEmpty();
    }
    assertThat(nodes.lostAnswers()).isPositive();
    nodes.loseAnswersTo(0, 0);

    Engine b = nodes.node(1);
    b.clientSeen(new ClientInfo("c2", Optional.of("g"), Long.MAX_VALUE, "JAVA"));
    List<DeliveredMessage> got = get(b.poll(pollOf("c2", SOON, ""))).value();

    assertThat(got).extracting(PollHubTest::idOf).containsExactly(elsewhere);
    assertThat(got.getFirst().attempt()).isEqualTo(1);
  }

  @Test
  void whatCanNotBeGivenBackAtOnceIsGivenBackLater() {
    String elsewhere = sendElsewhere();
    AtomicInteger refusals = nodes.refuse(shardElsewhere("s"), "release", 3);
    nodes.loseAnswersTo(0, Integer.MAX_VALUE);
    for (int i = 0; i < 100 && nodes.lostAnswers() == 0; i++) {
      assertThat(get(a.poll(pollOf("c1", Duration.ofMillis(20), ""))).value()).isEmpty();
    }
    assertThat(nodes.lostAnswers()).isPositive();
    nodes.loseAnswersTo(0, 0);

    Engine b = nodes.node(1);
    b.clientSeen(new ClientInfo("c2", Optional.of("g"), Long.MAX_VALUE, "JAVA"));
    List<DeliveredMessage> got = get(b.poll(pollOf("c2", SOON, ""))).value();

    assertThat(refusals).hasValue(0);
    assertThat(ids(got)).containsExactly(elsewhere);
    assertThat(got.getFirst().attempt()).isEqualTo(1);
  }

  @Test
  void whatALostNodeWasAnsweredComesAgainThoughThatIsRefusedAtFirst() {
    String elsewhere = sendElsewhere();
    assertThat(ids(get(a.poll(pollOf("c1", SOON, ""))).value())).containsExactly(elsewhere);
    AtomicInteger refusals = nodes.refuse(shardElsewhere("s"), "endRenewal", 2);

    nodes.breakLinksOf(0);

    Engine b = nodes.node(1);
    b.clientSeen(new ClientInfo("c1", Optional.of("g"), Long.MAX_VALUE, "JAVA"));
    assertThat(ids(get(b.poll(pollOf("c1", SOON, ""))).value())).containsExactly(elsewhere);
    assertThat(refusals).hasValue(0);
  }

  @Test
  void theSamePollGetsTheSameAgainThoughItsNodeIsBusyWithAnotherPoll() {
    String elsewhere = sendElsewhere();
    a.clientSeen(new ClientInfo("c2", Optional.of("g"), Long.MAX_VALUE, "JAVA"));
    assertThat(ids(get(a.poll(pollOf("c1", SOON, "attempt"))).value())).containsExactly(elsewhere);
    CompletableFuture<Void> come = nodes.holdAnswersTo(0);
    var _ = a.poll(pollOf("c2", SOON, ""));

    CompletableFuture<Outcome<List<DeliveredMessage>>> again =
        a.poll(pollOf("c1", SOON, "attempt"));
    assertThat(get(a.poll(pollOf("c3", Duration.ofMillis(20), ""))).value()).isEmpty();
    come.complete(null);

    assertThat(ids(get(again).value())).containsExactly(elsewhere);
  }

  @Test
  void whatAPollHasGotThatEndsBeforeItIsAnsweredIsGivenBack() {
    String here = send(nameAt(0, "s")).messageId();
    int shard = new Placement(ThreeNodes.SHARDS).ofLite("chat", nameAt(0, "s"));
    int other = (shard + 3) % ThreeNodes.SHARDS;
    nodes.intercept(other, name -> name.equals("poll") ? new CompletableFuture<>() : null);
    CompletableFuture<CompletableFuture<?>> polled = new CompletableFuture<>();
    nodes.afterPoll(shard, () -> polled.join().cancel(false));
    CompletableFuture<Outcome<List<DeliveredMessage>>> poll = a.poll(pollOf("c1", SOON, ""));
    polled.complete(poll);
    await().atMost(SOON).until(poll::isDone);
    assertThat(poll).isCancelled();

    a.clientSeen(new ClientInfo("c2", Optional.of("g"), Long.MAX_VALUE, "JAVA"));
    List<DeliveredMessage> got = get(a.poll(pollOf("c2", SOON, ""))).value();

    assertThat(ids(got)).containsExactly(here);
    assertThat(got.getFirst().attempt()).isEqualTo(1);
  }

  @Test
  void whatCanNeverBeBroughtKeepsAwayNothingElse() {
    String never = sendElsewhere();
    nodes.neverBring(0, each -> idOf(each).equals(never));
    CompletableFuture<Outcome<List<DeliveredMessage>>> waiting =
        a.poll(pollOf("c1", SOON, "attempt"));
    for (int i = 0; i < 100 && nodes.lostAnswers() == 0; i++) {
      assertThat(get(a.poll(pollOf("c1", Duration.ofMillis(20), ""))).value()).isEmpty();
    }
    assertThat(nodes.lostAnswers()).isPositive();

    String other = sendElsewhere("other");

    assertThat(ids(get(waiting).value())).containsExactly(other);
    nodes.neverBring(0, _ -> false);
    List<DeliveredMessage> got = get(a.poll(pollOf("c1", SOON, ""))).value();
    assertThat(ids(got)).containsExactly(never);
    assertThat(got.getFirst().attempt()).isEqualTo(2);
  }

  @Test
  void whatALostNodeWasAnsweredComesAgainThoughItsClientLives() {
    String elsewhere = sendElsewhere();
    assertThat(ids(get(a.poll(pollOf("c1", SOON, ""))).value())).containsExactly(elsewhere);
    // Its lease is renewed; a poll of its own client would say that its answer came.
    a.clientSeen(new ClientInfo("c2", Optional.of("g"), Long.MAX_VALUE, "JAVA"));
    assertThat(get(a.poll(pollOf("c2", LEASE.plusMillis(500), ""))).value()).isEmpty();

    nodes.breakLinksOf(0);

    Engine b = nodes.node(1);
    b.clientSeen(new ClientInfo("c1", Optional.of("g"), Long.MAX_VALUE, "JAVA"));
    assertThat(ids(get(b.poll(pollOf("c1", SOON, ""))).value())).containsExactly(elsewhere);
  }

  @Test
  void whatCameTooLateForItsClientIsForNobodyElse() {
    a.clientSeen(new ClientInfo("c2", Optional.of("g"), Long.MAX_VALUE, "JAVA"));
    String elsewhere = sendElsewhere();
    nodes.loseAnswersTo(0, Integer.MAX_VALUE);
    for (int i = 0; i < 100 && nodes.lostAnswers() == 0; i++) {
      assertThat(get(a.poll(pollOf("c1", Duration.ofMillis(20), ""))).value()).isEmpty();
    }
    assertThat(nodes.lostAnswers()).isPositive();
    nodes.loseAnswersTo(0, 0);

    // It is asked for in the name of c1, and given back: then it is leased to c2.
    List<DeliveredMessage> got = get(a.poll(pollOf("c2", SOON, ""))).value();
    assertThat(got).extracting(PollHubTest::idOf).containsExactly(elsewhere);
    a.clientGone("c1");
    assertThat(get(a.acknowledge("g", List.of(got.getFirst().receiptHandle()))))
        .allMatch(Outcome::isOk);
    assertThat(get(a.poll(pollOf("c2", Duration.ofSeconds(3), ""))).value()).isEmpty();
  }

  @Test
  void whatIsTooMuchForOneAnswerBetweenNodesComesInSeveral() {
    Set<String> wanted = new HashSet<>();
    for (int i = 0; i < 24; i++) {
      wanted.add(send("large" + i, new byte[60_000]).messageId());
    }
    Set<String> got = new HashSet<>();
    for (int polls = 0; got.size() < wanted.size(); polls++) {
      assertThat(polls).isLessThan(100);
      got.addAll(ids(get(a.poll(pollOf("c1", SOON, ""))).value()));
    }
    assertThat(got).isEqualTo(wanted);
  }

  private SendReceipt send(String liteTopic) {
    return send(liteTopic, new byte[3]);
  }

  private SendReceipt send(String liteTopic, byte[] body) {
    Message message = Message.builder("chat", liteTopic, body).liteTopic(liteTopic).build();
    return get(a.send(List.of(message))).getFirst().value();
  }

  /** Sends to a lite topic that node a does not hold; the id of the message. */
  private String sendElsewhere() {
    return sendElsewhere("s");
  }

  /** The same, to one of many whose names begin so; the node is the same each time. */
  private String sendElsewhere(String names) {
    return send(nameElsewhere(names)).messageId();
  }

  private int shardElsewhere(String names) {
    return new Placement(ThreeNodes.SHARDS).ofLite("chat", nameElsewhere(names));
  }

  private String nameElsewhere(String names) {
    return nameAt(1, names);
  }

  private String nameAt(int node, String names) {
    Placement placement = new Placement(ThreeNodes.SHARDS);
    int i = 0;
    while (nodes.ownerOf(placement.ofLite("chat", names + i)) != node) {
      i++;
    }
    return names + i;
  }

  private static PollRequest pollOf(String client, Duration wait, String attempt) {
    return new PollRequest(
        "g",
        "chat",
        client,
        32,
        Optional.empty(),
        Filter.all(),
        wait,
        attempt.isEmpty() ? Optional.empty() : Optional.of(attempt),
        true);
  }

  private static String idOf(DeliveredMessage message) {
    return message.message().message().id();
  }

  private static List<String> ids(List<DeliveredMessage> messages) {
    return messages.stream().map(PollHubTest::idOf).toList();
  }

  private static <T> T get(CompletableFuture<T> future) {
    try {
      return future.get(15, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }
}
