package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.stream.StreamAppend;
import io.rivulet.engine.stream.StreamAppended;
import io.rivulet.engine.stream.StreamCreated;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.stream.StreamProducer;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.engine.stream.StreamView;
import io.rivulet.engine.topic.TopicAttributes;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Lite topics as streams, under a simulated clock and with crashes. */
final class StreamsTest {
  private static final String TEXT = "text/plain";
  private static final StreamDefinition PLAIN = StreamDefinition.of(TEXT);

  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
  private final ShardDriver driver = new ShardDriver(EngineConfig.defaults(), random);
  private int ids;

  // ---- making

  @Test
  void aStreamIsMadeOnceAndFoundAsItWasMade() {
    assertThat(create(PLAIN, "a", "b")).isInstanceOf(StreamCreated.Made.class);
    assertThat(create(PLAIN, "never stored")).isInstanceOf(StreamCreated.Found.class);
    assertThat(create(StreamDefinition.of("text/html"))).isInstanceOf(StreamCreated.Differs.class);

    assertThat(texts(read(0))).containsExactly("a", "b");
    assertThat(describe().value().definition()).isEqualTo(PLAIN);
    assertThat(describe().value().endOffset()).isEqualTo(2);
  }

  @Test
  void whatASendMadeIsAStreamOfBytes() {
    send("from a worker");

    assertThat(describe().value().definition().contentType()).isEqualTo(StreamDefinition.BYTES);
    assertThat(create(StreamDefinition.of(StreamDefinition.BYTES)))
        .isInstanceOf(StreamCreated.Found.class);
    assertThat(append(StreamDefinition.BYTES, "from a browser"))
        .isEqualTo(new StreamAppended.Stored(2));
    assertThat(texts(read(0))).containsExactly("from a worker", "from a browser");
  }

  @Test
  void whatASendMadeIsWhatItsParentSaysNow() {
    send("1");
    parentSays("application/json");

    assertThat(describe().value().definition()).isEqualTo(StreamDefinition.of("application/json"));
    assertThat(append(StreamDefinition.BYTES, "2"))
        .isEqualTo(new StreamAppended.OtherContentType("application/json"));
    assertThat(append("application/json", "2")).isEqualTo(new StreamAppended.Stored(2));
    assertThat(close()).isEqualTo(new StreamAppended.Stored(2));
    driver.crash(Integer.MAX_VALUE, 0, true);
    assertThat(read(0).stream().definition().contentType()).isEqualTo("application/json");

    parentSays("text/html");
    assertThat(read(0).stream().definition().contentType()).isEqualTo("text/html");
  }

  @Test
  void aStreamWithAContentTypeOfItsOwnKeepsIt() {
    create(PLAIN, "a");
    parentSays("application/json");

    assertThat(describe().value().definition()).isEqualTo(PLAIN);
    assertThat(append(TEXT, "b")).isEqualTo(new StreamAppended.Stored(2));
  }

  private void parentSays(String contentType) {
    await(
        driver
            .shard()
            .defineTopic(
                TopicDefinition.of("chat", TopicType.LITE)
                    .with(new TopicAttributes(Optional.of(contentType), Optional.empty()))));
  }

  @Test
  void whatASendMadeRemembersWhoAppendedAndThatItIsClosed() {
    send("from a worker");
    StreamAppend append =
        new StreamAppend(
            "chat",
            "s",
            StreamDefinition.BYTES,
            messages("s", "a"),
            false,
            Optional.empty(),
            Optional.of(new StreamProducer("p", 0, 0)));

    assertThat(appendTo(append)).isEqualTo(new StreamAppended.Stored(2));
    assertThat(appendTo(append)).isEqualTo(new StreamAppended.Repeated(2, 0, false));
    assertThat(close()).isEqualTo(new StreamAppended.Stored(2));
    assertThat(describe().value().isClosed()).isTrue();
  }

  @Test
  void aCrashTakesAStreamWithItsFirstMessagesOrLeavesBoth() {
    for (int unflushed = 0; unflushed < 6; unflushed++) {
      String name = "s" + unflushed;
      CompletableFuture<Outcome<StreamCreated>> made =
          driver.shard().createStream("c", creation(name, PLAIN, false, "first"));
      driver.turn();
      driver.crash(unflushed, 0, false);

      Outcome<StreamPage> found = await(driver.shard().readStream(at(name, 0, Duration.ZERO)));
      if (found.isOk()) {
        assertThat(texts(found.value())).containsExactly("first");
        assertThat(found.value().stream().definition()).isEqualTo(PLAIN);
      } else {
        assertThat(made.isDone()).isFalse();
      }
    }
  }

  @Test
  void aStreamMayBeMadeClosed() {
    StreamCreated made =
        await(driver.shard().createStream("c", creation("s", PLAIN, true, "all of it"))).value();

    assertThat(made)
        .isInstanceOfSatisfying(
            StreamCreated.Made.class, each -> assertThat(each.stream().isClosed()).isTrue());
    assertThat(append(TEXT, "more")).isEqualTo(new StreamAppended.Closed(1));
    assertThat(read(0).isEnd()).isTrue();
  }

  @Test
  void firstMessagesThatDoNotGoIntoOneBatchAreRefused() {
    String half = "x".repeat(600 << 10);

    assertThat(await(driver.shard().createStream("c", creation("s", PLAIN, false, half, half))))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused ->
                assertThat(refused.refusal().code()).isEqualTo(RefusalCode.MESSAGE_TOO_LARGE));
    assertThat(describe().isOk()).isFalse();
    assertThat(create(PLAIN, half + half)).isInstanceOf(StreamCreated.Made.class);
  }

  // ---- appending

  @Test
  void nothingIsAppendedToWhatIsNotThere() {
    assertThat(append(TEXT, "a")).isEqualTo(new StreamAppended.Missing());
    assertThat(describe()).isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void onlyWhatItHoldsIsAppended() {
    create(PLAIN);

    assertThat(append("application/json", "{}"))
        .isEqualTo(new StreamAppended.OtherContentType(TEXT));
    assertThat(texts(read(0))).isEmpty();
  }

  @Test
  void sequenceValuesRiseByTheirBytes() {
    create(PLAIN);

    assertThat(appendWithSeq("09")).isEqualTo(new StreamAppended.Stored(1));
    assertThat(appendWithSeq("10")).isEqualTo(new StreamAppended.Stored(2));
    driver.crash(Integer.MAX_VALUE, 0, false);
    assertThat(appendWithSeq("10")).isEqualTo(new StreamAppended.SeqTooLow("10"));
    assertThat(appendWithSeq("0a")).isEqualTo(new StreamAppended.SeqTooLow("10"));
    assertThat(appendWithSeq("2")).isEqualTo(new StreamAppended.Stored(3));
  }

  @Test
  void anAppendThatIsSentAgainIsStoredOnceAlsoAfterACrash() {
    create(PLAIN);

    assertThat(appendAs("p", 0, 0, "a")).isEqualTo(new StreamAppended.Stored(1));
    assertThat(appendAs("p", 0, 1, "b")).isEqualTo(new StreamAppended.Stored(2));
    driver.crash(Integer.MAX_VALUE, 0, false);
    assertThat(appendAs("p", 0, 0, "a")).isEqualTo(new StreamAppended.Repeated(2, 1, false));
    assertThat(appendAs("p", 0, 3, "d")).isEqualTo(new StreamAppended.SeqGap(2, 3));
    assertThat(appendAs("q", 0, 1, "x")).isEqualTo(new StreamAppended.SeqGap(0, 1));
    assertThat(appendAs("p", 1, 1, "x")).isEqualTo(new StreamAppended.EpochNotFromZero());
    assertThat(appendAs("p", 1, 0, "c")).isEqualTo(new StreamAppended.Stored(3));
    assertThat(appendAs("p", 0, 2, "zombie")).isEqualTo(new StreamAppended.OldEpoch(1));

    assertThat(texts(read(0))).containsExactly("a", "b", "c");
  }

  @Test
  void aCrashNeverKeepsAnAppendWithoutItsNumberNorANumberWithoutItsAppend() {
    for (int unflushed = 0; unflushed < 8; unflushed++) {
      create("s" + unflushed, PLAIN);
      var _ = driver.shard().appendToStream("c", by("s" + unflushed, "p", 0, 0, "a"));
      driver.turn();
      driver.crash(unflushed, 0, false);

      StreamAppended again = appendTo(by("s" + unflushed, "p", 0, 0, "a"));

      assertThat(again)
          .isIn(new StreamAppended.Stored(1), new StreamAppended.Repeated(1, 0, false));
      assertThat(
              texts(
                  await(driver.shard().readStream(at("s" + unflushed, 0, Duration.ZERO))).value()))
          .containsExactly("a");
    }
  }

  @Test
  void aLargeAppendIsDecidedWhenItIsStored() {
    create(PLAIN);
    String large = "x".repeat(3 << 20);

    CompletableFuture<Outcome<StreamAppended>> first =
        driver.shard().appendToStream("c", by("s", "p", 0, 0, large));
    CompletableFuture<Outcome<StreamAppended>> second =
        driver.shard().appendToStream("c", by("s", "p", 0, 1, "small"));

    assertThat(await(first).value()).isEqualTo(new StreamAppended.Stored(1));
    assertThat(await(second).value()).isEqualTo(new StreamAppended.Stored(2));
    assertThat(texts(read(0))).containsExactly(large, "small");
  }

  @Test
  void anAppendOfSeveralPartsThatIsRefusedStoresNone() {
    create(PLAIN);
    String large = "x".repeat(1 << 20);

    assertThat(append("text/html", large, large, "small"))
        .isEqualTo(new StreamAppended.OtherContentType(TEXT));

    assertThat(describe().value().endOffset()).isZero();
  }

  // ---- closing

  @Test
  void whoWaitsAtTheEndHearsThatTheStreamIsClosed() {
    create(PLAIN, "a");
    CompletableFuture<Outcome<StreamPage>> waiting =
        driver.shard().readStream(at("s", 1, Duration.ofMinutes(1)));
    driver.settle();
    assertThat(waiting).isNotDone();

    assertThat(close()).isEqualTo(new StreamAppended.Stored(1));

    assertThat(await(waiting).value().isEnd()).isTrue();
    assertThat(close()).isEqualTo(new StreamAppended.Stored(1));
    assertThat(append(TEXT, "late")).isEqualTo(new StreamAppended.Closed(1));
    assertThat(read(0).isEnd()).isTrue();
  }

  @Test
  void theLastAppendAndTheEndComeTogether() {
    create(PLAIN);
    CompletableFuture<Outcome<StreamPage>> waiting =
        driver.shard().readStream(at("s", 0, Duration.ofMinutes(1)));
    driver.settle();

    appendTo(
        new StreamAppend(
            "chat", "s", TEXT, messages("s", "last"), true, Optional.empty(), Optional.empty()));

    StreamPage page = await(waiting).value();
    assertThat(texts(page)).containsExactly("last");
    assertThat(page.isEnd()).isTrue();
  }

  @Test
  void aClosedStreamStaysClosedAndTakesNothingFromAnybody() {
    create(PLAIN, "a");
    close();
    driver.crash(Integer.MAX_VALUE, 0, random.nextBoolean());

    assertThat(await(driver.shard().send("w", messages("s", "from a worker"))).getFirst())
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.refusal().code()).isEqualTo(RefusalCode.STREAM_CLOSED));
    assertThat(describe().value().isClosed()).isTrue();
    assertThat(texts(read(0))).containsExactly("a");
  }

  // ---- ending

  @Test
  void aStreamEndsWhenNobodyHasUsedItForItsTtl() {
    create(ttl(Duration.ofSeconds(10)), "a");

    driver.pass(9_000);
    assertThat(read(0).messages()).hasSize(1); // lives 10 s from now
    driver.pass(9_000);
    assertThat(describe().isOk()).isTrue(); // a look is no use
    driver.pass(1_001);

    assertThat(describe().isOk()).isFalse();
    assertThat(await(driver.shard().readStream(at("s", 0, Duration.ZERO))).isOk()).isFalse();
    assertThat(append(TEXT, "late")).isEqualTo(new StreamAppended.Missing());
    assertThat(create(PLAIN)).isInstanceOf(StreamCreated.Made.class);
    assertThat(texts(read(0))).isEmpty();
  }

  @Test
  void aReadIsNotForgottenInACrash() {
    create(ttl(Duration.ofSeconds(100)), "a");
    driver.pass(90_000);
    read(0);
    driver.crash(Integer.MAX_VALUE, 0, false);
    driver.pass(50_000);

    assertThat(describe().isOk()).isTrue();
  }

  @Test
  void aCrashDoesNotMakeAStreamLiveLonger() {
    create(ttl(Duration.ofSeconds(100)), "a");
    driver.pass(90_000);
    driver.crash(Integer.MAX_VALUE, 0, true);
    driver.pass(10_000);

    assertThat(describe().isOk()).isFalse();
  }

  @Test
  void aStreamEndsAtItsTimeWhateverHappens() {
    Instant end = Instant.ofEpochMilli(driver.clock.wallMillis()).plusSeconds(10);
    create(new StreamDefinition(TEXT, Optional.empty(), Optional.of(end)), "a");

    for (int i = 0; i < 4; i++) {
      driver.pass(2_400);
      assertThat(read(0).messages()).hasSize(1);
    }
    driver.pass(401);

    assertThat(describe().isOk()).isFalse();
  }

  @Test
  void whatIsDeletedIsGoneAndMayBeMadeAnew() {
    create(PLAIN, "a");
    long before = describe().value().queueId();

    assertThat(await(driver.shard().deleteStream("chat", "s")).isOk()).isTrue();

    assertThat(await(driver.shard().deleteStream("chat", "s")).isOk()).isFalse();
    assertThat(create(StreamDefinition.of("text/html"), "b"))
        .isInstanceOf(StreamCreated.Made.class);
    assertThat(describe().value().queueId()).isNotEqualTo(before);
    assertThat(texts(read(0))).containsExactly("b");
  }

  // ---- words

  private <T> T await(CompletableFuture<T> future) {
    driver.settle();
    if (!future.isDone()) {
      throw new IllegalStateException("there is no answer");
    }
    return future.join();
  }

  private List<Message> messages(String liteTopic, String... texts) {
    List<Message> messages = new ArrayList<>();
    for (String text : texts) {
      messages.add(
          Message.builder("chat", "m" + ++ids, text.getBytes(StandardCharsets.UTF_8))
              .liteTopic(liteTopic)
              .build());
    }
    return messages;
  }

  private void send(String text) {
    await(driver.shard().send("w", messages("s", text))).forEach(Outcome::value);
  }

  private StreamCreation creation(
      String name, StreamDefinition definition, boolean isClosed, String... texts) {
    return new StreamCreation(
        "chat", name, definition, Optional.empty(), messages(name, texts), isClosed);
  }

  private StreamCreated create(StreamDefinition definition, String... texts) {
    return await(driver.shard().createStream("c", creation("s", definition, false, texts))).value();
  }

  private void create(String name, StreamDefinition definition) {
    await(driver.shard().createStream("c", creation(name, definition, false))).value();
  }

  private static StreamDefinition ttl(Duration ttl) {
    return new StreamDefinition(TEXT, Optional.of(ttl), Optional.empty());
  }

  private StreamAppended appendTo(StreamAppend append) {
    return await(driver.shard().appendToStream("c", append)).value();
  }

  private StreamAppended append(String contentType, String... texts) {
    return appendTo(
        new StreamAppend(
            "chat",
            "s",
            contentType,
            messages("s", texts),
            false,
            Optional.empty(),
            Optional.empty()));
  }

  private StreamAppended appendWithSeq(String seq) {
    return appendTo(
        new StreamAppend(
            "chat", "s", TEXT, messages("s", seq), false, Optional.of(seq), Optional.empty()));
  }

  private StreamAppend by(String name, String producer, long epoch, long seq, String text) {
    return new StreamAppend(
        "chat",
        name,
        TEXT,
        messages(name, text),
        false,
        Optional.empty(),
        Optional.of(new StreamProducer(producer, epoch, seq)));
  }

  private StreamAppended appendAs(String producer, long epoch, long seq, String text) {
    return appendTo(by("s", producer, epoch, seq, text));
  }

  private StreamAppended close() {
    return appendTo(
        new StreamAppend("chat", "s", "", List.of(), true, Optional.empty(), Optional.empty()));
  }

  private Outcome<StreamView> describe() {
    return await(driver.shard().describeStream("chat", "s"));
  }

  private static StreamRead at(String name, long offset, Duration wait) {
    return new StreamRead("chat", name, new OffsetOption.At(offset), 1000, wait);
  }

  private StreamPage read(long offset) {
    return await(driver.shard().readStream(at("s", offset, Duration.ZERO))).value();
  }

  private static Stream<String> texts(StreamPage page) {
    return page.messages().stream()
        .map(each -> new String(each.message().body().toArray(), StandardCharsets.UTF_8));
  }
}
