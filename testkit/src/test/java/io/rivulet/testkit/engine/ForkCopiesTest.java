package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.Quotas;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.shard.RunningShard;
import io.rivulet.engine.shard.ShardInspector;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.stream.ForkSource;
import io.rivulet.engine.stream.ForkStep;
import io.rivulet.engine.stream.StreamCreated;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamFork;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.engine.stream.StreamView;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a fork begins with whose source is in another shard, through crashes. */
final class ForkCopiesTest {
  private static final long SOURCE_ID = 4001;
  private static final StreamDefinition TEXT = StreamDefinition.of("text/plain");
  private static final StreamCreation WANTED =
      new StreamCreation(
          "chat",
          "fork",
          StreamDefinition.of(""),
          Optional.of(new StreamFork("source", OptionalLong.empty(), 0)),
          List.of(),
          false);

  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(3);
  private ShardDriver driver = newDriver();

  private ShardDriver newDriver() {
    return newDriver(EngineConfig.defaults());
  }

  private ShardDriver newDriver(EngineConfig config) {
    ShardDriver made = new ShardDriver(config, random, new ShardNumber(0, 4));
    driver = made;
    settled(made.shard().defineTopic(TopicDefinition.of("chat", TopicType.LITE)));
    return made;
  }

  private <T> T settled(CompletableFuture<T> reply) {
    driver.settle();
    assertThat(reply).isDone();
    return reply.join();
  }

  private static ForkSource source(long first, long end) {
    return new ForkSource(SOURCE_ID, TEXT, first, end, 0, end, end);
  }

  private CompletableFuture<Outcome<ForkStep>> create(ForkSource source) {
    return driver.shard().createFork("client", WANTED, source);
  }

  private ForkStep created(ForkSource source) {
    return settled(create(source)).value();
  }

  /** Every seventh is large. */
  private static byte[] body(long offset) {
    byte[] body = new byte[offset % 7 == 3 ? 200 << 10 : 20];
    body[0] = (byte) offset;
    return body;
  }

  private static StreamPage page(long from, long to) {
    List<StoredMessage> messages = new ArrayList<>();
    for (long offset = from; offset < to; offset++) {
      Message message =
          Message.builder("chat", "m" + offset, body(offset)).liteTopic("source").build();
      messages.add(new StoredMessage(message, SOURCE_ID, offset, 1000 + offset / 3));
    }
    return new StreamPage(new StreamView(SOURCE_ID, TEXT, to, false), messages, to);
  }

  private CompletableFuture<Outcome<Long>> fill(StreamPage page) {
    return fill(0, page);
  }

  private CompletableFuture<Outcome<Long>> fill(long from, StreamPage page) {
    return driver.shard().fillFork("chat", "fork", SOURCE_ID, from, page);
  }

  private List<StoredMessage> read() {
    StreamRead all = new StreamRead("chat", "fork", new OffsetOption.Min(), 100, Duration.ZERO);
    return settled(driver.shard().readStream(all)).value().messages();
  }

  private void crash(boolean isIndexLost) {
    driver.settle();
    driver.crash(Integer.MAX_VALUE, random.nextInt(3), isIndexLost);
    driver.settle();
    expectFold();
  }

  private void expectFold() {
    assertThat(new ShardInspector(driver.twinFromCrash(), 100).state())
        .isEqualTo(new ShardInspector(driver.rebuiltFromCrash(), 100).state());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCopyGrowsThroughCrashesUntilTheForkIsMadeOfIt(boolean isIndexLost) {
    ForkSource source = source(5, 30);
    assertThat(created(source)).isEqualTo(new ForkStep.Copying(5));
    for (long from = 5; from < 30; from += 5) {
      assertThat(settled(fill(page(from, from + 5))).value()).isEqualTo(from + 5);
      crash(isIndexLost);
      if (from < 25) {
        assertThat(created(source)).isEqualTo(new ForkStep.Copying(from + 5));
        assertThat(settled(driver.shard().describeStream("chat", "fork")).isOk()).isFalse();
      }
    }
    assertThat(created(source))
        .isInstanceOfSatisfying(
            ForkStep.Done.class,
            done -> assertThat(done.created()).isInstanceOf(StreamCreated.Made.class));
    crash(isIndexLost);

    List<StoredMessage> all = read();
    assertThat(all).extracting(StoredMessage::offset).first().isEqualTo(5L);
    assertThat(all).hasSize(25);
    for (StoredMessage each : all) {
      assertThat(each.message().body().toArray()).isEqualTo(body(each.offset()));
      assertThat(each.storeMillis()).isEqualTo(1000 + each.offset() / 3);
    }
    assertThat(created(source))
        .isInstanceOfSatisfying(
            ForkStep.Done.class,
            done -> assertThat(done.created()).isInstanceOf(StreamCreated.Found.class));
  }

  @Test
  void whatCanNotBeReadOfTheSourceIsLeftOut() {
    ForkSource source = source(0, 12);
    created(source);
    List<StoredMessage> some = new ArrayList<>(page(0, 4).messages());
    some.addAll(page(6, 8).messages());
    StreamPage gap = new StreamPage(page(0, 1).stream(), some, 10);
    assertThat(settled(fill(gap)).value()).isEqualTo(10);
    assertThat(settled(fill(page(10, 12))).value()).isEqualTo(12);
    crash(true);
    assertThat(created(source)).isInstanceOf(ForkStep.Done.class);

    assertThat(read())
        .extracting(StoredMessage::offset)
        .containsExactly(0L, 1L, 2L, 3L, 6L, 7L, 10L, 11L);
  }

  /** An offset after the other would take hours. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aGapHoweverLargeIsPassedAtOnce(boolean isIndexLost) {
    long far = 1L << 40;
    ForkSource source = copiedWithGaps(far);
    assertThat(created(source)).isInstanceOf(ForkStep.Done.class);
    Long[] there = {far, far + 1, 2 * far, 2 * far + 1};

    assertThat(read()).extracting(StoredMessage::offset).containsExactly(there);
    assertThat(gone(far - 1)).contains("the first is " + far);
    for (int crashes = 0; crashes < 3; crashes++) {
      driver.crash(Integer.MAX_VALUE, random.nextInt(3), isIndexLost);
      driver.settle();
      assertThat(read()).extracting(StoredMessage::offset).containsExactly(there);
      assertThat(gone(far - 1)).contains("the first is " + far);
      driver.settle();
    }
    OffsetOption inGap = new OffsetOption.At(far + 5);
    StreamRead rest = new StreamRead("chat", "fork", inGap, 100, Duration.ZERO);
    assertThat(settled(driver.shard().readStream(rest)).value().messages())
        .extracting(StoredMessage::offset)
        .containsExactly(2 * far, 2 * far + 1);
  }

  /** There are two messages from an offset on, and two from twice that on. */
  private ForkSource copiedWithGaps(long far) {
    long end = 2 * far + 3;
    ForkSource source = source(0, end);
    created(source);
    StreamPage nothing = new StreamPage(page(0, 1).stream(), List.of(), far);
    assertThat(settled(fill(nothing)).value()).isEqualTo(far);
    List<StoredMessage> some = new ArrayList<>(page(far, far + 2).messages());
    some.addAll(page(2 * far, end - 1).messages());
    StreamPage gap = new StreamPage(page(0, 1).stream(), some, end);
    assertThat(settled(fill(far, gap)).value()).isEqualTo(end);
    return source;
  }

  @Test
  void aTransferPassesThemAtOnceToo() throws IOException {
    long far = 1L << 40;
    assertThat(created(copiedWithGaps(far))).isInstanceOf(ForkStep.Done.class);
    driver.settle();

    assertThat(offsetsMoved(1)).containsExactly(far, far + 1, 2 * far, 2 * far + 1);
  }

  private String gone(long offset) {
    StreamRead read =
        new StreamRead("chat", "fork", new OffsetOption.At(offset), 100, Duration.ZERO);
    return switch (settled(driver.shard().readStream(read))) {
      case Outcome.Ok<StreamPage>(StreamPage page) -> throw new AssertionError("there is " + page);
      case Outcome.Refused<StreamPage>(Refusal refusal) -> refusal.message();
    };
  }

  @Test
  void aPageThatWasLongOnItsWayLeavesNoHoleInALaterCopy() {
    ForkSource source = source(0, 12);
    created(source);

    assertThat(settled(fill(6, page(6, 12))).value()).isZero();
    assertThat(settled(fill(0, page(0, 6))).value()).isEqualTo(6);
    assertThat(settled(fill(6, page(6, 12))).value()).isEqualTo(12);
    assertThat(created(source)).isInstanceOf(ForkStep.Done.class);

    assertThat(read()).hasSize(12);
  }

  @Test
  void nothingIsCopiedForAForkThatIsBeyondAQuota() {
    Quotas two = new Quotas(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    driver = newDriver(EngineConfig.defaults().toBuilder().quotas(two).build());
    created(source(0, 10));
    settled(fill(page(0, 4)));
    make("one");
    make("two");

    assertThat(refused(source(0, 10))).isEqualTo(RefusalCode.LITE_TOPIC_QUOTA_EXCEEDED);
    ForkSource other = new ForkSource(SOURCE_ID + 1, TEXT, 0, 10, 0, 10, 10);
    assertThat(refused(other)).isEqualTo(RefusalCode.LITE_TOPIC_QUOTA_EXCEEDED);
    CompletableFuture<Outcome<Long>> filled =
        driver.shard().fillFork("chat", "fork", SOURCE_ID + 1, 0, page(0, 4));
    assertThat(settled(filled).value()).isEqualTo(-1);

    settled(driver.shard().deleteStream("chat", "one"));
    assertThat(created(source(0, 10))).isEqualTo(new ForkStep.Copying(4));
  }

  private void make(String name) {
    StreamCreation wanted =
        new StreamCreation("chat", name, TEXT, Optional.empty(), List.of(), false);
    assertThat(settled(driver.shard().createStream("client", wanted)).isOk()).isTrue();
  }

  private RefusalCode refused(ForkSource source) {
    return switch (settled(create(source))) {
      case Outcome.Ok<ForkStep>(ForkStep step) -> throw new AssertionError("it made " + step);
      case Outcome.Refused<ForkStep>(Refusal refusal) -> refusal.code();
    };
  }

  @Test
  void aCopyThatNobodyGoesOnWithIsGivenUp() {
    created(source(0, 10));
    settled(fill(page(0, 4)));
    driver.pass(Duration.ofMinutes(59).toMillis());
    driver.settle();
    assertThat(created(source(0, 10))).isEqualTo(new ForkStep.Copying(4));
    settled(fill(page(4, 5)));
    driver.pass(Duration.ofMinutes(59).toMillis());
    driver.settle();
    assertThat(created(source(0, 10))).isEqualTo(new ForkStep.Copying(5));

    driver.pass(Duration.ofMinutes(122).toMillis());
    driver.settle();
    crash(false);

    assertThat(settled(fill(page(5, 6))).value()).isEqualTo(-1);
    assertThat(created(source(0, 10))).isEqualTo(new ForkStep.Copying(0));
  }

  @Test
  void theCopyGoesWithItsForkAndWithItsTopic() {
    created(source(0, 3));
    settled(fill(page(0, 3)));
    created(source(0, 3));
    assertThat(settled(driver.shard().deleteStream("chat", "fork")).isOk()).isTrue();
    assertThat(created(source(0, 3))).isEqualTo(new ForkStep.Copying(0));
    crash(true);
    assertThat(settled(driver.shard().deleteTopic("chat")).isOk()).isTrue();
    assertThat(settled(fill(page(0, 3))).value()).isEqualTo(-1);
    crash(false);
    settled(driver.shard().defineTopic(TopicDefinition.of("chat", TopicType.LITE)));
    assertThat(created(source(0, 3))).isEqualTo(new ForkStep.Copying(0));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aTransferTakesTheForkAlongWithWhatItBeginsWith(int shards) throws IOException {
    created(source(5, 12));
    settled(fill(page(5, 12)));
    created(source(5, 12));
    driver.settle();

    assertThat(offsetsMoved(shards)).containsExactly(5L, 6L, 7L, 8L, 9L, 10L, 11L);
  }

  private List<Long> offsetsMoved(int shards) throws IOException {
    ShardMover mover = new ShardMover(EngineConfig.defaults(), driver.clock, random);
    ShardMover.Stored stored =
        new ShardMover.Stored(
            driver.log().crash(Integer.MAX_VALUE), driver.index().crash(Integer.MAX_VALUE));

    List<ShardMover.Stored> moved = mover.move(List.of(stored), shards);

    int number = ShardNumber.ofLite("chat", "fork", shards);
    ShardMover.Stored copy = moved.get(number).copy();
    RunningShard shard = mover.serve(copy, new ShardNumber(number, shards));
    StreamRead all = new StreamRead("chat", "fork", new OffsetOption.Min(), 100, Duration.ZERO);
    CompletableFuture<Outcome<StreamPage>> reply = shard.readStream(all);
    for (int turns = 0; turns < 100 && !reply.isDone(); turns++) {
      var _ = shard.shard().turn();
      copy.log().completeAll();
    }
    return reply.join().value().messages().stream().map(StoredMessage::offset).toList();
  }

  /** Dies at every move of the making. */
  @Test
  void wheneverItDiesTheForkIsWholeOrNotThere() {
    for (int moves = 1; moves < 120; moves += 3) {
      driver = newDriver();
      ForkSource source = source(0, 9);
      CompletableFuture<Outcome<ForkStep>> begun = create(source);
      CompletableFuture<Outcome<Long>> filled = fill(page(0, 9));
      CompletableFuture<Outcome<ForkStep>> made = create(source);
      for (int i = 0; i < moves; i++) {
        driver.move(i);
      }
      boolean isMade = made.isDone() && made.join().value() instanceof ForkStep.Done;
      driver.crash(random.nextInt(driver.unsynced() + 1), 0, random.nextBoolean());
      driver.settle();
      expectFold();
      boolean isThere = settled(driver.shard().describeStream("chat", "fork")).isOk();
      assertThat(isThere || !isMade).isTrue();
      if (isThere) {
        assertThat(read()).hasSize(9);
        continue;
      }
      assertThat(begun.isCompletedExceptionally() || filled.isCompletedExceptionally()).isFalse();
      if (created(source) instanceof ForkStep.Copying(long next)) {
        settled(fill(page(next, 9)));
        assertThat(created(source)).isInstanceOf(ForkStep.Done.class);
      }
      assertThat(read()).hasSize(9);
    }
  }
}
