package io.rivulet.cluster.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.cluster.forward.NotOwnerException;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.lite.LiteTopicPage;
import io.rivulet.engine.lite.LiteTopicView;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Any node answers for all shards, wherever they are. */
final class RoutedEngineTest {
  private static final Duration SOON = Duration.ofSeconds(8);

  private final ThreeNodes nodes;
  private final Engine a;
  private final Engine b;
  private final Engine c;
  private int ids;

  RoutedEngineTest() throws IOException {
    nodes = new ThreeNodes();
    a = nodes.node(0);
    b = nodes.node(1);
    c = nodes.node(2);
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

  private Message message(String topic, String lite, String body) {
    return Message.builder(topic, "id-" + ids++, body.getBytes(StandardCharsets.UTF_8))
        .liteTopic(lite)
        .build();
  }

  private Message plain(String topic, String body) {
    return Message.builder(topic, "id-" + ids++, body.getBytes(StandardCharsets.UTF_8)).build();
  }

  private static PollRequest pollOf(String group, String topic, String client, Duration wait) {
    return new PollRequest(
        group,
        topic,
        client,
        32,
        Optional.of(Duration.ofSeconds(30)),
        Filter.all(),
        wait,
        Optional.empty(),
        true);
  }

  private static String text(DeliveredMessage message) {
    return new String(message.message().message().body().toArray(), StandardCharsets.UTF_8);
  }

  private void define(Engine at, String topic, TopicType type) {
    assertThat(get(at.defineTopic(TopicDefinition.of(topic, type))).isOk()).isTrue();
  }

  private static RefusalCode codeOf(Outcome<?> outcome) {
    return ((Outcome.Refused<?>) outcome).refusal().code();
  }

  private static Set<String> names(int count) {
    Set<String> names = new LinkedHashSet<>();
    for (int i = 0; i < count; i++) {
      names.add("s" + i);
    }
    return names;
  }

  private static void follow(
      Engine at, String group, String topic, String client, Set<String> names) {
    at.clientSeen(new ClientInfo(client, Optional.of(group), Long.MAX_VALUE, "JAVA"));
    Outcome<Integer> followed =
        get(
            at.changeSubscription(
                new SubscriptionChange(
                    group,
                    client,
                    topic,
                    SubscriptionChange.Action.REPLACE,
                    names,
                    Optional.empty())));
    assertThat(followed).isEqualTo(Outcome.ok(names.size()));
  }

  @Test
  void whatIsDefinedAtOneNodeIsKnownAtAll() {
    define(a, "orders", TopicType.NORMAL);
    for (Engine each : List.of(a, b, c)) {
      assertThat(each.topic("orders")).isPresent();
      assertThat(each.topics()).extracting(TopicDefinition::name).containsExactly("orders");
    }
    assertThat(get(c.deleteTopic("orders")).isOk()).isTrue();
    for (Engine each : List.of(a, b, c)) {
      assertThat(each.topic("orders")).isEmpty();
    }
  }

  @Test
  void aTopicThatAFirstMessageMakesIsKnownAtAll() {
    get(b.send(List.of(plain("orders", "1")))).forEach(each -> assertThat(each.isOk()).isTrue());
    assertThat(a.topic("orders").map(TopicDefinition::type)).contains(TopicType.NORMAL);
  }

  @Test
  void sentAtOneNodeReceivedAtAnother() {
    get(a.send(List.of(plain("orders", "1"), plain("orders", "2"))));
    assertThat(get(b.ensureGroup(GroupDefinition.standard("g"))).isOk()).isTrue();
    List<DeliveredMessage> got = get(c.poll(pollOf("g", "orders", "c1", SOON))).value();
    assertThat(got).extracting(RoutedEngineTest::text).containsExactlyInAnyOrder("1", "2");
    List<String> handles = got.stream().map(DeliveredMessage::receiptHandle).toList();
    assertThat(get(a.acknowledge("g", handles))).allMatch(Outcome::isOk);
    assertThat(get(b.poll(pollOf("g", "orders", "c1", Duration.ZERO))).value()).isEmpty();
  }

  @Test
  void oneConsumerDrainsTheLiteTopicsOfAllNodes() {
    define(a, "chat", TopicType.LITE);
    assertThat(get(a.ensureGroup(GroupDefinition.lite("g", "chat"))).isOk()).isTrue();
    Set<String> names = names(24);
    follow(b, "g", "chat", "c1", names);
    List<Message> all = new ArrayList<>();
    names.forEach(name -> all.add(message("chat", name, name)));
    List<Outcome<SendReceipt>> sent = get(c.send(all));
    assertThat(sent).hasSize(24).allMatch(Outcome::isOk);
    Set<Long> shards = new HashSet<>();
    sent.forEach(each -> shards.add(each.value().queueId() % ThreeNodes.SHARDS));
    assertThat(shards).as("lite topics are spread over all shards").hasSize(ThreeNodes.SHARDS);
    Set<String> got = new HashSet<>();
    while (got.size() < names.size()) {
      List<DeliveredMessage> batch = get(b.poll(pollOf("g", "chat", "c1", SOON))).value();
      assertThat(batch).isNotEmpty();
      batch.forEach(each -> assertThat(got.add(text(each))).isTrue());
      List<String> handles = batch.stream().map(DeliveredMessage::receiptHandle).toList();
      assertThat(get(b.acknowledge("g", handles))).allMatch(Outcome::isOk);
    }
    assertThat(got).isEqualTo(names);
    assertThat(get(b.poll(pollOf("g", "chat", "c1", Duration.ZERO))).value()).isEmpty();
  }

  @Test
  void aPollThatWaitsAtOneNodeIsAnsweredByAnother() {
    define(a, "chat", TopicType.LITE);
    assertThat(get(a.ensureGroup(GroupDefinition.lite("g", "chat"))).isOk()).isTrue();
    follow(a, "g", "chat", "c1", names(12));
    for (String name : names(12)) {
      CompletableFuture<Outcome<List<DeliveredMessage>>> waiting =
          a.poll(pollOf("g", "chat", "c1", SOON));
      get(b.send(List.of(message("chat", name, name))));
      List<DeliveredMessage> got = get(waiting).value();
      assertThat(got).extracting(RoutedEngineTest::text).containsExactly(name);
      get(a.acknowledge("g", List.of(got.getFirst().receiptHandle())));
    }
  }

  @Test
  void aPollForWhichThereIsNothingEndsWithItsWait() {
    define(a, "chat", TopicType.LITE);
    assertThat(get(a.ensureGroup(GroupDefinition.lite("g", "chat"))).isOk()).isTrue();
    follow(a, "g", "chat", "c1", names(12));

    assertThat(get(a.poll(pollOf("g", "chat", "c1", Duration.ofMillis(300)))).value()).isEmpty();
  }

  @Test
  void aPrefixGroupGetsEverythingOnceWhereverItsClientsPoll() {
    define(a, "chat", TopicType.LITE);
    assertThat(get(a.defineGroup(GroupDefinition.prefix("g", "chat", ""))).isOk()).isTrue();
    List<CompletableFuture<Outcome<List<DeliveredMessage>>>> polls = new ArrayList<>();
    for (String name : names(30)) {
      get(b.send(List.of(message("chat", name, name))));
    }
    Set<String> got = new HashSet<>();
    for (int i = 0; got.size() < 30; i++) {
      assertThat(i).isLessThan(200);
      polls.clear();
      for (Engine each : List.of(a, b, c)) {
        polls.add(each.poll(pollOf("g", "chat", "c" + polls.size(), Duration.ofMillis(300))));
      }
      for (CompletableFuture<Outcome<List<DeliveredMessage>>> each : polls) {
        for (DeliveredMessage message : get(each).value()) {
          assertThat(got.add(text(message))).as("%s came once", text(message)).isTrue();
          get(c.acknowledge("g", List.of(message.receiptHandle())));
        }
      }
    }
  }

  @Test
  void aLiteTopicIsReadAtAnyNode() {
    define(a, "chat", TopicType.LITE);
    for (int i = 0; i < 5; i++) {
      get(a.send(List.of(message("chat", "s1", "m" + i))));
    }
    for (Engine each : List.of(a, b, c)) {
      ReadReply read =
          get(each.read(
                  new ReadRequest(
                      "chat",
                      Optional.of("s1"),
                      new OffsetOption.Min(),
                      Optional.empty(),
                      10,
                      Duration.ZERO)))
              .value();
      assertThat(read.messages()).hasSize(5);
    }
  }

  @Test
  void aNodeThatHasHeardOfNothingYetReadsInTheRightShards() throws IOException {
    moveAllAwayFrom(2);
    define(a, "chat", TopicType.LITE);
    for (String name : names(12)) {
      var _ = get(b.send(List.of(message("chat", name, "in " + name))));
    }

    for (String name : names(12)) {
      // As somebody who has read it elsewhere, and would take less for another life of the name.
      ReadReply reply =
          get(c.read(
                  new ReadRequest(
                      "chat",
                      Optional.of(name),
                      new OffsetOption.At(1),
                      Optional.empty(),
                      10,
                      1 << 20,
                      Duration.ZERO)))
              .value();
      assertThat(reply.queueId()).as(name).isNotZero();
      assertThat(reply.endOffset()).as(name).isEqualTo(1);
    }
  }

  private void moveAllAwayFrom(int node) throws IOException {
    for (int shard = 0; shard < ThreeNodes.SHARDS; shard++) {
      if (nodes.ownerOf(shard) == node) {
        nodes.take(shard);
        nodes.serve(shard, 0);
      }
    }
  }

  @Test
  void largeBodiesWaitForEachOtherBetweenNodesAndAllArrive() {
    define(a, "chat", TopicType.LITE);
    byte[] body = new byte[600 << 10];
    List<CompletableFuture<List<Outcome<SendReceipt>>>> sends = new ArrayList<>();
    for (String name : names(20)) {
      sends.add(
          a.send(List.of(Message.builder("chat", "id-" + name, body).liteTopic(name).build())));
    }
    sends.forEach(each -> assertThat(get(each)).allMatch(Outcome::isOk));

    List<CompletableFuture<Outcome<ReadReply>>> reads = new ArrayList<>();
    for (String name : names(20)) {
      reads.add(
          b.read(
              new ReadRequest(
                  "chat",
                  Optional.of(name),
                  new OffsetOption.Min(),
                  Optional.empty(),
                  10,
                  Duration.ZERO)));
    }
    for (CompletableFuture<Outcome<ReadReply>> each : reads) {
      assertThat(get(each).value().messages())
          .singleElement()
          .satisfies(read -> assertThat(read.message().body().size()).isEqualTo(body.length));
    }
  }

  @Test
  void aListingIsInOrderOverAllShards() {
    define(a, "chat", TopicType.LITE);
    List<String> names = new ArrayList<>(names(50));
    for (String name : names) {
      get(a.send(List.of(message("chat", name, "x"))));
    }
    List<String> listed = new ArrayList<>();
    String after = "";
    do {
      LiteTopicPage page = get(c.listLite("chat", "", after, 7)).value();
      page.liteTopics().stream().map(LiteTopicView::name).forEach(listed::add);
      after = page.next().orElse("");
    } while (!after.isEmpty());
    assertThat(listed).isEqualTo(names.stream().sorted().toList());
  }

  @Test
  void aRequestWaitsWhileItsShardMoves() throws IOException {
    define(a, "chat", TopicType.LITE);
    Placement placement = new Placement(ThreeNodes.SHARDS);
    int shard = placement.ofLite("chat", "s1");
    get(a.send(List.of(message("chat", "s1", "before"))));
    int next = (nodes.ownerOf(shard) + 1) % 3;
    nodes.take(shard);
    CompletableFuture<List<Outcome<SendReceipt>>> sent =
        a.send(List.of(message("chat", "s1", "while it moves")));
    assertThat(sent).isNotDone();
    nodes.serve(shard, next);
    assertThat(get(sent)).allMatch(Outcome::isOk);
  }

  @Test
  void aShardThatNobodyServesRefusesAfterAWhileAndOthersGoOn() {
    define(a, "chat", TopicType.LITE);
    Placement placement = new Placement(ThreeNodes.SHARDS);
    int shard = placement.ofLite("chat", "s1");
    nodes.take(shard);
    CompletableFuture<List<Outcome<SendReceipt>>> sent =
        a.send(List.of(message("chat", "s1", "x")));
    String other =
        names(50).stream()
            .filter(name -> placement.ofLite("chat", name) != shard)
            .findFirst()
            .orElseThrow();
    assertThat(get(b.send(List.of(message("chat", other, "x"))))).allMatch(Outcome::isOk);
    assertThat(get(sent).getFirst())
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> {
              Refusal refusal = refused.refusal();
              assertThat(refusal.code()).isEqualTo(RefusalCode.UNAVAILABLE);
              assertThat(refusal.message()).contains("shard " + shard).contains("try again");
            });
  }

  @Test
  void whoServesAShardInAnEarlierEpochHearsOfThatFromTheOthers() throws IOException {
    int former = nodes.ownerOf(4);
    int next = (former + 1) % 3;
    nodes.takeOverInSecret(4, next);
    assertThat(nodes.serves(former, 4)).isTrue();

    await().atMost(Duration.ofSeconds(15)).until(() -> !nodes.serves(former, 4));

    assertThat(nodes.serves(next, 4)).isTrue();
  }

  @Test
  void aShardThatMissedADefinitionIsTaughtIt() throws IOException {
    Placement placement = new Placement(ThreeNodes.SHARDS);
    define(a, "chat", TopicType.LITE);
    int shard = placement.ofLite("chat", "s1");
    // As a shard is that an older checkpoint was restored of.
    Engine engine = nodes.shard(shard);
    assertThat(get(engine.deleteTopic("chat")).isOk()).isTrue();
    assertThat(get(b.send(List.of(message("chat", "s1", "x"))))).allMatch(Outcome::isOk);
  }

  @Test
  void aShardThatCannotBeTaughtADefinitionJustNowDoesNotSayThatThereIsNone() {
    define(a, "chat", TopicType.LITE);
    assertThat(get(a.defineGroup(GroupDefinition.prefix("g", "chat", ""))).isOk()).isTrue();
    int shard = new Placement(ThreeNodes.SHARDS).ofLite("chat", "s1");
    assertThat(get(nodes.shard(shard).deleteTopic("chat")).isOk()).isTrue();
    AtomicBoolean isMoving = new AtomicBoolean(true);
    nodes.intercept(
        shard,
        method -> {
          if (isMoving.get() && method.equals("defineTopic")) {
            throw new NotOwnerException("shard %d is not served here any more".formatted(shard));
          }
          return null;
        });

    for (Engine each : List.of(a, b)) {
      Outcome<SendReceipt> sent = get(each.send(List.of(message("chat", "s1", "x")))).getFirst();
      Outcome<LiteTopicView> seen = get(each.describeLite("chat", "s1"));

      assertThat(codeOf(sent)).isEqualTo(RefusalCode.UNAVAILABLE);
      assertThat(codeOf(seen)).isEqualTo(RefusalCode.UNAVAILABLE);
    }
    isMoving.set(false);
    assertThat(get(b.send(List.of(message("chat", "s1", "x"))))).allMatch(Outcome::isOk);
  }

  @Test
  void whatNoHandleIsIsRefused() {
    assertThat(get(a.acknowledge("g", List.of("nonsense"))).getFirst().isOk()).isFalse();
  }

  @Test
  void theDeadLettersOfAllShardsAreReadAtAnyNode() {
    define(a, "chat", TopicType.LITE);
    assertThat(get(a.ensureGroup(GroupDefinition.lite("g", "chat"))).isOk()).isTrue();
    Set<String> names = names(24);
    follow(b, "g", "chat", "c1", names);
    for (String name : names) {
      get(c.send(List.of(message("chat", name, name))));
    }
    Set<String> dead = new HashSet<>();
    while (dead.size() < names.size()) {
      for (DeliveredMessage each : get(b.poll(pollOf("g", "chat", "c1", SOON))).value()) {
        assertThat(get(b.deadLetter("g", each.receiptHandle(), "no good")).isOk()).isTrue();
        dead.add(text(each));
      }
    }

    for (Engine each : List.of(a, b, c)) {
      List<String> read = new ArrayList<>();
      OffsetOption from = new OffsetOption.Min();
      Optional<Long> queue = Optional.empty();
      for (ReadReply reply = letters(each, from, queue);
          !reply.messages().isEmpty();
          reply = letters(each, from, queue)) {
        reply
            .messages()
            .forEach(one ->
                read.add(new String(one.message().body().toArray(), StandardCharsets.UTF_8)));
        from = new OffsetOption.At(reply.nextOffset());
        queue = Optional.of(reply.queueId());
      }
      assertThat(read).containsExactlyInAnyOrderElementsOf(names);
    }
  }

  private static ReadReply letters(Engine at, OffsetOption from, Optional<Long> queue) {
    return get(at.read(new ReadRequest("%DLQ%g", Optional.empty(), from, queue, 3, Duration.ZERO)))
        .value();
  }

  @Test
  void aTopicThatOnlyOneShardHasIsDeleted() {
    Engine last = nodes.shard(ThreeNodes.SHARDS - 1);
    define(last, "%DLQ%g", TopicType.NORMAL);
    assertThat(get(a.deleteTopic("%DLQ%g")).isOk()).isTrue();
    assertThat(last.topic("%DLQ%g")).isEmpty();
    assertThat(get(a.deleteTopic("%DLQ%g")).isOk()).isFalse();
  }
}
