package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.log.CorruptLogException;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.stream.StreamAppend;
import io.rivulet.engine.stream.StreamAppended;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.stream.StreamProducer;
import io.rivulet.engine.stream.StreamRead;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * An owner whose successor goes on with the log already, and that does not know it yet: it has no
 * right to refuse by what it knew last.
 */
final class StaleOwnerTest {
  private static final String TEXT = "text/plain";

  private final ShardDriver driver =
      new ShardDriver(
          EngineConfig.defaults(), RandomGeneratorFactory.of("L64X128MixRandom").create(1));

  @BeforeEach
  void aStreamWithOneAppend() {
    settled(
        driver
            .shard()
            .createStream(
                "c",
                new StreamCreation(
                    "chat", "s", StreamDefinition.of(TEXT), Optional.empty(), List.of(), false)));
    assertThat(settled(append(0))).isEqualTo(Outcome.ok(new StreamAppended.Stored(1)));
    driver.log().shareWithOthers(true);
  }

  @Test
  void aGapInAProducersNumbersIsToldOnceStorageHasConfirmedTheOwner() {
    CompletableFuture<Outcome<StreamAppended>> early = append(2);
    turns();
    assertThat(early).isNotDone();

    driver.settle();
    assertThat(early).isCompletedWithValue(Outcome.ok(new StreamAppended.SeqGap(1, 2)));
  }

  @Test
  void whatIsMissingOrAgainstTheStateIsNotRefusedBeforeThat() {
    List<CompletableFuture<? extends Outcome<?>>> asked =
        List.of(
            driver.shard().readStream(read("other", 0)),
            driver.shard().readStream(read("s", 7)),
            driver.shard().deleteStream("chat", "other"),
            driver.shard().describeStream("chat", "other"),
            driver.shard().describeGroup("workers"),
            driver.shard().settle("workers", "handle", 1));
    turns();
    assertThat(asked).noneMatch(CompletableFuture::isDone);
    assertThat(driver.log().unwrittenBatches()).as("one for all of them").isEqualTo(1);

    driver.settle();
    assertThat(asked).allMatch(each -> code(each) != RefusalCode.UNAVAILABLE);
  }

  @Test
  void severalOutcomesOfOneRequestWaitTogether() {
    CompletableFuture<List<Outcome<String>>> acknowledged =
        driver.shard().acknowledge("workers", List.of("one", "two"));
    turns();
    assertThat(acknowledged).isNotDone();

    driver.settle();
    assertThat(acknowledged.join()).hasSize(2).noneMatch(Outcome::isOk);
  }

  @Test
  void anOwnerThatCanNotFindOutSaysThatItIsToBeTriedAgain() {
    driver.log().refuse("the storage nodes take nothing");

    assertThat(code(append(2))).isEqualTo(RefusalCode.UNAVAILABLE);
    assertThat(code(driver.shard().deleteStream("chat", "other")))
        .isEqualTo(RefusalCode.UNAVAILABLE);
    assertThat(settled(driver.shard().acknowledge("workers", List.of("one"))))
        .allMatch(each -> code(each) == RefusalCode.UNAVAILABLE);

    driver.log().refuse(null);
    assertThat(settled(append(2))).isEqualTo(Outcome.ok(new StreamAppended.SeqGap(1, 2)));
  }

  @Test
  void whatCanNotBeReadIsNotCalledLostBeforeThat() {
    driver.log().failReads(new CorruptLogException("its ledger is gone"));
    CompletableFuture<Outcome<StreamPage>> read = driver.shard().readStream(read("s", 0));
    for (int i = 0; i < 5; i++) {
      turns();
      driver.readAll();
    }
    assertThat(read).isNotDone();

    assertThat(code(read)).isEqualTo(RefusalCode.MESSAGE_NOT_FOUND);
  }

  @Test
  void readingAsksNobody() {
    driver.log().refuse("the storage nodes take nothing");

    assertThat(settled(driver.shard().readStream(read("s", 0))).value().messages()).hasSize(1);
    assertThat(settled(driver.shard().describeStream("chat", "s")).value().endOffset())
        .isEqualTo(1);
  }

  @Test
  void aLogThatHasOneOwnerForEverAsksNobodyEither() {
    driver.settle();
    driver.log().shareWithOthers(false);

    CompletableFuture<Outcome<StreamAppended>> early = append(2);
    turns();
    assertThat(early).isCompletedWithValue(Outcome.ok(new StreamAppended.SeqGap(1, 2)));
  }

  private CompletableFuture<Outcome<StreamAppended>> append(long seq) {
    Message message =
        Message.builder("chat", "m" + seq, "x".getBytes(StandardCharsets.UTF_8))
            .liteTopic("s")
            .build();
    return driver
        .shard()
        .appendToStream(
            "c",
            new StreamAppend(
                "chat",
                "s",
                TEXT,
                List.of(message),
                false,
                Optional.empty(),
                Optional.of(new StreamProducer("p", 0, seq))));
  }

  private static StreamRead read(String name, long from) {
    return new StreamRead("chat", name, new OffsetOption.At(from), 10, Duration.ZERO);
  }

  /** The shard works and what it answers gets out; its storage does not answer. */
  private void turns() {
    for (int i = 0; i < 3; i++) {
      driver.turn();
      driver.reply();
    }
  }

  private <T> T settled(CompletableFuture<T> asked) {
    driver.settle();
    assertThat(asked).isDone();
    return asked.join();
  }

  private RefusalCode code(CompletableFuture<? extends Outcome<?>> asked) {
    return code(settled(asked));
  }

  private static RefusalCode code(Outcome<?> outcome) {
    return outcome instanceof Outcome.Refused<?>(Refusal refusal)
        ? refusal.code()
        : fail("not refused: " + outcome);
  }
}
