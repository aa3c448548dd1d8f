package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.testkit.index.MemoryIndex;
import io.rivulet.testkit.log.MemoryLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the engine does for its callers, with its own threads, over a log in memory. */
final class EngineTest {
  private static final Duration SOON = Duration.ofSeconds(5);

  private final List<String> unsubscribed = new ArrayList<>();
  private MemoryLog log = MemoryLog.automatic(Clock.system());
  private MemoryIndex index = new MemoryIndex();
  private Engine engine;
  private int ids;

  EngineTest() throws IOException {
    engine = open();
  }

  private Engine open() throws IOException {
    return Engine.open(
        EngineConfig.defaults(),
        log,
        index,
        Clock.system(),
        new QuietListener() {
          @Override
          public void unsubscribed(String clientId, String group, String topic, String liteTopic) {
            unsubscribed.add(clientId + " " + liteTopic);
          }
        });
  }

  @BeforeEach
  void seenClients() {
    engine.clientSeen(new ClientInfo("c1", Optional.of("g"), Long.MAX_VALUE, "JAVA"));
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private static <T> T get(CompletableFuture<T> future) {
    try {
      return future.get(10, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private Message.Builder message(String topic, String body) {
    return Message.builder(topic, "id-" + ids++, body.getBytes(StandardCharsets.UTF_8));
  }

  private SendReceipt send(Message.Builder message) {
    return get(engine.send(List.of(message.build()))).getFirst().value();
  }

  private PollRequest pollOf(String group, String topic, int max, Duration wait) {
    return new PollRequest(
        group,
        topic,
        "c1",
        max,
        Optional.of(Duration.ofSeconds(30)),
        Filter.all(),
        wait,
        Optional.empty(),
        true);
  }

  private List<DeliveredMessage> poll(String group, String topic) {
    return get(engine.poll(pollOf(group, topic, 32, SOON))).value();
  }

  private List<DeliveredMessage> pollNow(String group, String topic) {
    return get(engine.poll(pollOf(group, topic, 32, Duration.ZERO))).value();
  }

  private static List<String> bodies(List<DeliveredMessage> messages) {
    return messages.stream().map(each -> text(each.message().message())).toList();
  }

  private static String text(Message message) {
    return new String(message.body().toArray(), StandardCharsets.UTF_8);
  }

  private void liteGroup(String group, String topic, String client, String... names) {
    assertThat(get(engine.ensureGroup(GroupDefinition.lite(group, topic))).isOk()).isTrue();
    follow(group, topic, client, Optional.empty(), names);
  }

  private void follow(
      String group, String topic, String client, Optional<OffsetOption> offset, String... names) {
    Outcome<Integer> outcome =
        get(
            engine.changeSubscription(
                new SubscriptionChange(
                    group, client, topic, SubscriptionChange.Action.ADD, Set.of(names), offset)));
    assertThat(outcome.isOk()).as("%s", outcome).isTrue();
  }

  private void standardGroup(String group) {
    assertThat(get(engine.ensureGroup(GroupDefinition.standard(group))).isOk()).isTrue();
  }

  @Test
  void aNewGroupSeesWhatWasSentBefore() {
    send(message("t", "one"));
    standardGroup("g");

    List<DeliveredMessage> got = poll("g", "t");

    assertThat(bodies(got)).containsExactly("one");
    assertThat(got.getFirst().attempt()).isEqualTo(1);
  }

  @Test
  void aWaitingPollGetsWhatIsSentLater() {
    send(message("t", "zero"));
    standardGroup("g");
    poll("g", "t");
    var waiting = engine.poll(pollOf("g", "t", 32, SOON));

    send(message("t", "one"));

    assertThat(bodies(get(waiting).value())).containsExactly("one");
  }

  @Test
  void aPollWaitsForATopicThatIsNotThereYet() {
    standardGroup("g");
    var waiting = engine.poll(pollOf("g", "later", 32, SOON));

    send(message("later", "one"));

    assertThat(bodies(get(waiting).value())).containsExactly("one");
  }

  @Test
  void acknowledgedMessagesDoNotComeBackAndOthersDoAfterRelease() {
    for (int i = 0; i < 10; i++) {
      send(message("t", "m" + i));
    }
    standardGroup("g");
    List<DeliveredMessage> got = new ArrayList<>();
    while (got.size() < 10) {
      got.addAll(poll("g", "t"));
    }
    List<String> handles = got.subList(0, 9).stream().map(DeliveredMessage::receiptHandle).toList();

    assertThat(get(engine.acknowledge("g", handles))).allMatch(Outcome::isOk);
    Outcome<String> released =
        get(engine.changeInvisible("g", got.get(9).receiptHandle(), Duration.ZERO, false));
    List<DeliveredMessage> again = poll("g", "t");

    assertThat(released.isOk()).isTrue();
    assertThat(bodies(again)).containsExactly(text(got.get(9).message().message()));
    assertThat(again.getFirst().attempt()).isEqualTo(2);
    assertThat(get(engine.acknowledge("g", handles))).allMatch(Outcome::isOk);
    assertThat(get(engine.acknowledge("g", List.of(got.get(9).receiptHandle()))).getFirst())
        .isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void aLiteTopicIsDeliveredStrictlyInOrderOneBatchAtATime() {
    liteGroup("lg", "chat", "c1", "s1");
    for (int i = 0; i < 5; i++) {
      send(message("chat", "t" + i).liteTopic("s1"));
    }

    List<DeliveredMessage> first = get(engine.poll(pollOf("lg", "chat", 3, SOON))).value();
    List<DeliveredMessage> blocked = pollNow("lg", "chat");
    get(engine.acknowledge("lg", first.stream().map(DeliveredMessage::receiptHandle).toList()));
    List<DeliveredMessage> second = poll("lg", "chat");

    assertThat(bodies(first)).containsExactly("t0", "t1", "t2");
    assertThat(blocked).isEmpty();
    assertThat(bodies(second)).containsExactly("t3", "t4");
  }

  @Test
  void oneReplyTakesMessagesOfManyLiteTopics() {
    liteGroup("lg", "chat", "c1", "a", "b", "c");
    for (String name : List.of("a", "b", "c")) {
      send(message("chat", name).liteTopic(name));
    }

    List<String> got = new ArrayList<>(bodies(poll("lg", "chat")));
    while (got.size() < 3) {
      got.addAll(bodies(poll("lg", "chat")));
    }

    assertThat(got).containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void theOffsetOptionsSayWhereALiteTopicStarts() {
    for (int i = 0; i < 10; i++) {
      send(message("chat", "t" + i).liteTopic("s"));
    }
    liteGroup("min", "chat", "c1", "s");
    assertThat(get(engine.ensureGroup(GroupDefinition.lite("tail", "chat"))).isOk()).isTrue();
    follow("tail", "chat", "c1", Optional.of(new OffsetOption.TailCount(2)), "s");
    assertThat(get(engine.ensureGroup(GroupDefinition.lite("at", "chat"))).isOk()).isTrue();
    follow("at", "chat", "c1", Optional.of(new OffsetOption.At(7)), "s");
    assertThat(get(engine.ensureGroup(GroupDefinition.lite("max", "chat"))).isOk()).isTrue();
    follow("max", "chat", "c1", Optional.of(new OffsetOption.Max()), "s");

    assertThat(poll("min", "chat")).hasSize(10);
    assertThat(bodies(poll("tail", "chat"))).containsExactly("t8", "t9");
    assertThat(bodies(poll("at", "chat"))).containsExactly("t7", "t8", "t9");
    assertThat(pollNow("max", "chat")).isEmpty();
    send(message("chat", "next").liteTopic("s"));
    assertThat(bodies(poll("max", "chat"))).containsExactly("next");
  }

  @Test
  void theLastToSubscribeTakesALiteTopicOverInAnExclusiveGroup() {
    GroupDefinition wish = GroupDefinition.lite("ex", "chat");
    get(
        engine.defineGroup(
            new GroupDefinition(
                "ex",
                wish.kind(),
                wish.boundTopic(),
                wish.litePrefix(),
                io.rivulet.engine.group.SubscriptionModel.EXCLUSIVE,
                wish.start(),
                wish.maxAttempts(),
                wish.backoff(),
                wish.liteSubscriptionQuota())));
    send(message("chat", "t").liteTopic("s"));
    follow("ex", "chat", "c0", Optional.empty(), "s");

    follow("ex", "chat", "c1", Optional.empty(), "s");
    get(
        engine.changeSubscription(
            new SubscriptionChange(
                "ex",
                "c0",
                "chat",
                SubscriptionChange.Action.REPLACE,
                Set.of("s"),
                Optional.empty())));

    assertThat(unsubscribed).containsExactly("c0 s");
    assertThat(get(engine.describeLite("chat", "s")).value().subscribers()).hasSize(1);
    assertThat(bodies(poll("ex", "chat"))).containsExactly("t");
  }

  @Test
  void aRepeatedSendIsStoredOnce() {
    Message message = message("chat", "t").liteTopic("s").build();

    SendReceipt first = get(engine.send(List.of(message))).getFirst().value();
    SendReceipt second = get(engine.send(List.of(message))).getFirst().value();

    assertThat(second.offset()).isEqualTo(first.offset());
    assertThat(second.isDuplicate()).isTrue();
    assertThat(get(engine.describeLite("chat", "s")).value().endOffset()).isEqualTo(1);
  }

  @Test
  void aMessageOfTheWrongKindIsRefusedWithTheReason() {
    send(message("normal", "t"));

    Outcome<SendReceipt> outcome =
        get(engine.send(List.of(message("normal", "x").liteTopic("s").build()))).getFirst();

    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    assertThat(((Outcome.Refused<?>) outcome).refusal().code())
        .isEqualTo(RefusalCode.TYPE_MISMATCH);
  }

  @Test
  void thePriorityDecidesTheOrder() {
    for (int priority : new int[] {1, 9, 5}) {
      send(message("p", "p" + priority).priority(priority));
    }
    standardGroup("g");

    assertThat(bodies(poll("g", "p"))).containsExactly("p9", "p5", "p1");
  }

  @Test
  void aMessageThatFailsTooOftenIsDeadLetteredAndCanBeRedriven() {
    GroupDefinition wish = GroupDefinition.standard("g");
    get(
        engine.defineGroup(
            new GroupDefinition(
                "g",
                wish.kind(),
                wish.boundTopic(),
                wish.litePrefix(),
                wish.model(),
                wish.start(),
                2,
                wish.backoff(),
                wish.liteSubscriptionQuota())));
    send(message("t", "poison").tag("x"));
    for (int i = 0; i < 2; i++) {
      DeliveredMessage got = poll("g", "t").getFirst();
      get(engine.changeInvisible("g", got.receiptHandle(), Duration.ZERO, false));
    }

    assertThat(pollNow("g", "t")).isEmpty();
    ReadReply letters =
        get(engine.read(
                new ReadRequest(
                    "%DLQ%g",
                    Optional.empty(), new OffsetOption.Min(), Optional.empty(), 10, SOON)))
            .value();
    assertThat(letters.messages()).hasSize(1);
    assertThat(letters.messages().getFirst().message().origin()).isNotNull();
    assertThat(get(engine.redrive("g", 10)).value()).isEqualTo(1);
    assertThat(bodies(poll("g", "t"))).containsExactly("poison");
    assertThat(get(engine.redrive("g", 10)).value()).isZero();
  }

  @Test
  void aLargeMessageTravelsInChunks() throws IOException {
    byte[] body = new byte[5_000_000];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) (i * 31);
    }
    Message message = Message.builder("chat", "big", body).liteTopic("s").build();
    assertThat(get(engine.send(List.of(message))).getFirst().isOk()).isTrue();
    liteGroup("lg", "chat", "c1", "s");

    DeliveredMessage delivered = poll("lg", "chat").getFirst();
    assertThat(delivered.message().message().body().isLoaded()).isFalse();
    assertThat(delivered.message().message().body().size()).isEqualTo(body.length);
    assertThat(delivered.load(Body.Space.HEAP).message().message().body().toArray())
        .isEqualTo(body);
  }

  @Test
  void aLargeBodyIsLoadedIntoTheCallersMemory() throws IOException {
    byte[] body = new byte[3_000_000];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) (i * 31);
    }
    Message message = Message.builder("chat", "big", body).liteTopic("s").build();
    assertThat(get(engine.send(List.of(message))).getFirst().isOk()).isTrue();
    liteGroup("lg", "chat", "c1", "s");
    List<ByteBuffer> memory = new ArrayList<>();
    Body.Space space =
        missingBytes -> {
          memory.add(ByteBuffer.allocateDirect(Math.min(missingBytes, 700_001)));
          return memory.getLast();
        };

    Body loaded = poll("lg", "chat").getFirst().load(space).message().message().body();

    assertThat(memory).hasSize(5);
    assertThat(loaded.pieces()).hasSize(5).allMatch(ByteBuffer::isDirect);
    assertThat(loaded.toArray()).isEqualTo(body);
  }

  @Test
  void aLargeMessageMayHaveMorePropertiesThanBody() throws IOException {
    Map<String, String> properties = new HashMap<>();
    for (int i = 0; i < 30; i++) {
      properties.put("p" + i, "v".repeat(100_000));
    }
    Message message =
        Message.builder("chat", "odd", "body".getBytes(StandardCharsets.UTF_8))
            .properties(properties)
            .liteTopic("s")
            .build();
    assertThat(get(engine.send(List.of(message))).getFirst().isOk()).isTrue();
    liteGroup("lg", "chat", "c1", "s");

    Message delivered = poll("lg", "chat").getFirst().load(Body.Space.HEAP).message().message();

    assertThat(delivered.properties()).isEqualTo(properties);
    assertThat(delivered.body()).isEqualTo(message.body());
  }

  @Test
  void whatFollowsALargeMessageIntoItsLiteTopicStaysBehindIt() {
    Message large = Message.builder("chat", "large", new byte[5_000_000]).liteTopic("s").build();
    Message small = Message.builder("chat", "small", new byte[1]).liteTopic("s").build();
    Message mixed = Message.builder("chat", "mixed", new byte[1]).liteTopic("s").build();
    Message late = Message.builder("chat", "late", new byte[1]).liteTopic("mixed").build();
    Message elsewhere = Message.builder("chat", "else", new byte[1]).liteTopic("mixed").build();

    var first = engine.send(List.of(large));
    var second = engine.send(List.of(small));
    var third = engine.send(List.of(mixed, elsewhere));
    var fourth = engine.send(List.of(late));

    assertThat(get(first).getFirst().map(SendReceipt::offset)).isEqualTo(Outcome.ok(0L));
    assertThat(get(second).getFirst().map(SendReceipt::offset)).isEqualTo(Outcome.ok(1L));
    assertThat(get(third).getFirst().map(SendReceipt::offset)).isEqualTo(Outcome.ok(2L));
    assertThat(get(third).getLast().map(SendReceipt::offset)).isEqualTo(Outcome.ok(0L));
    assertThat(get(fourth).getFirst().map(SendReceipt::offset)).isEqualTo(Outcome.ok(1L));
  }

  @Test
  void aMessageThatJustMissesBeingLargeIsStored() {
    int large = Math.min(1 << 20, log.maxBatchBytes() / 2);
    for (int missing = 0; missing < 400; missing += 20) {
      SendReceipt receipt = send(message("t", "x".repeat(large - missing)));

      assertThat(receipt.isDuplicate()).isFalse();
    }
  }

  @Test
  void aTailWaitsForALiteTopicThatIsNotThereYet() {
    var waiting =
        engine.read(
            new ReadRequest(
                "chat", Optional.of("s"), new OffsetOption.Min(), Optional.empty(), 10, SOON));

    send(message("chat", "t0").liteTopic("s"));

    ReadReply reply = get(waiting).value();
    assertThat(reply.messages()).hasSize(1);
    assertThat(reply.nextOffset()).isEqualTo(1);
  }

  @Test
  void aReclaimedNameBeginsANewLife() {
    SendReceipt old = send(message("chat", "old").liteTopic("s"));

    assertThat(get(engine.reclaimLite("chat", "s")).isOk()).isTrue();
    SendReceipt fresh = send(message("chat", "new").liteTopic("s"));
    Outcome<ReadReply> gone =
        get(
            engine.read(
                new ReadRequest(
                    "chat",
                    Optional.of("s"),
                    new OffsetOption.At(1),
                    Optional.of(old.queueId()),
                    10,
                    Duration.ZERO)));

    assertThat(fresh.offset()).isZero();
    assertThat(fresh.queueId()).isNotEqualTo(old.queueId());
    assertThat(((Outcome.Refused<?>) gone).refusal().code()).isEqualTo(RefusalCode.GONE);
  }

  @Test
  void everythingIsThereAfterARestart() throws IOException {
    liteGroup("lg", "chat", "c1", "s");
    for (int i = 0; i < 4; i++) {
      send(message("chat", "t" + i).liteTopic("s"));
    }
    List<DeliveredMessage> got = get(engine.poll(pollOf("lg", "chat", 2, SOON))).value();
    get(engine.acknowledge("lg", List.of(got.getFirst().receiptHandle())));

    log = log.crash(Integer.MAX_VALUE);
    index = index.crash(0);
    Engine old = engine;
    engine = open();

    assertThat(pollNow("lg", "chat")).isEmpty();
    assertThat(get(engine.acknowledge("lg", List.of(got.get(1).receiptHandle()))).getFirst().isOk())
        .isTrue();
    assertThat(bodies(poll("lg", "chat"))).containsExactly("t2", "t3");
    old.close();
  }

  @Test
  void tagsAreFiltered() {
    for (int i = 0; i < 6; i++) {
      send(message("t", "m" + i).tag(i % 2 == 0 ? "even" : "odd"));
    }
    standardGroup("g");
    PollRequest request =
        new PollRequest(
            "g",
            "t",
            "c1",
            32,
            Optional.of(Duration.ofSeconds(30)),
            new Filter(Set.of("odd")),
            SOON,
            Optional.empty(),
            true);

    List<String> got = new ArrayList<>();
    while (got.size() < 3) {
      got.addAll(bodies(get(engine.poll(request)).value()));
    }

    assertThat(got).containsExactlyInAnyOrder("m1", "m3", "m5");
  }

  @Test
  void aTopicCanBeDeletedAndMadeAnew() {
    send(message("t", "old"));
    assertThat(get(engine.deleteTopic("t")).isOk()).isTrue();
    assertThat(engine.topic("t")).isEmpty();

    get(engine.defineTopic(TopicDefinition.of("t", TopicType.FIFO)));
    send(message("t", "new").messageGroup("g1"));
    standardGroup("g");

    assertThat(bodies(poll("g", "t"))).containsExactly("new");
  }
}
