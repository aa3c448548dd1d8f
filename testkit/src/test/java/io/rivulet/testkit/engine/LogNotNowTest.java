package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.log.CorruptLogException;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.stream.ForkSource;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamFork;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.engine.time.Clock;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.testkit.index.MemoryIndex;
import io.rivulet.testkit.log.MemoryLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A log that takes nothing for a while, as one with too few storage nodes: no disk is full. */
final class LogNotNowTest {
  private static final String WHY = "too few storage nodes";
  private static final StreamDefinition TEXT = StreamDefinition.of("text/plain");

  private final MemoryLog log = MemoryLog.automatic(Clock.system());
  private final Engine engine;

  LogNotNowTest() throws IOException {
    engine =
        Engine.open(
            EngineConfig.defaults(), log, new MemoryIndex(), Clock.system(), new QuietListener());
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private static Message message(String lite) {
    return Message.builder("chat", "id-" + lite, "x".getBytes(StandardCharsets.UTF_8))
        .liteTopic(lite)
        .build();
  }

  private static StreamCreation stream(String name, Optional<StreamFork> fork) {
    return new StreamCreation(
        "chat", name, fork.isEmpty() ? TEXT : StreamDefinition.of(""), fork, List.of(), false);
  }

  @Test
  void whateverNeedsTheLogIsToBeTriedAgain() {
    engine.defineTopic(TopicDefinition.of("chat", TopicType.LITE)).join().value();
    engine.ensureGroup(GroupDefinition.standard("workers")).join().value();
    assertThat(engine.send(List.of(message("s"))).join().getFirst().isOk()).isTrue();
    ForkSource apart = new ForkSource(4001, TEXT, 0, 5, 0, 5, 5);
    log.refuse(WHY);

    Outcome<SendReceipt> sent = engine.send(List.of(message("t"))).join().getFirst();
    assertThat(sent).isInstanceOf(Outcome.Refused.class);
    refused(CompletableFuture.completedFuture(sent));
    refused(engine.defineTopic(TopicDefinition.of("other", TopicType.LITE)));
    refused(engine.deleteTopic("chat"));
    refused(engine.ensureGroup(GroupDefinition.standard("others")));
    refused(engine.deleteGroup("workers"));
    refused(engine.createStream("c", stream("made", Optional.empty())));
    refused(
        engine.createStream(
            "c", stream("fork", Optional.of(new StreamFork("s", OptionalLong.empty(), 0)))));
    refused(
        engine.createFork(
            "c",
            stream("apart", Optional.of(new StreamFork("x", OptionalLong.empty(), 0))),
            apart));
    refused(engine.deleteStream("chat", "s"));
    refused(engine.reclaimLite("chat", "s"));
    refused(engine.setLiteTtl("chat", "s", Optional.of(Duration.ofMinutes(1))));

    log.refuse(null);
    assertThat(engine.send(List.of(message("t"))).join().getFirst().isOk()).isTrue();
  }

  @Test
  void whatCanNotBeReadJustNowIsNotCalledLost() {
    engine.defineTopic(TopicDefinition.of("chat", TopicType.LITE)).join().value();
    assertThat(engine.send(List.of(message("s"))).join().getFirst().isOk()).isTrue();
    StreamRead all = new StreamRead("chat", "s", new OffsetOption.Min(), 100, Duration.ZERO);

    log.failReads(new IOException("no storage node answers"));
    assertThat(codeOf(engine.readStream(all))).isEqualTo(RefusalCode.UNAVAILABLE);
    log.failReads(new CorruptLogException("damaged"));
    assertThat(codeOf(engine.readStream(all))).isEqualTo(RefusalCode.MESSAGE_NOT_FOUND);
    log.failReads(null);
    assertThat(engine.readStream(all).join().value().messages()).hasSize(1);
  }

  @Test
  void whatCanNotBeReadJustNowIsDeliveredLater() {
    engine.defineTopic(TopicDefinition.of("jobs", TopicType.FIFO)).join().value();
    engine.ensureGroup(GroupDefinition.standard("workers")).join().value();
    for (int i = 0; i < 3; i++) {
      Message message =
          Message.builder("jobs", "job-" + i, new byte[] {(byte) i}).messageGroup("g").build();
      assertThat(engine.send(List.of(message)).join().getFirst().isOk()).isTrue();
    }
    log.failReads(new IOException("no storage node answers"));
    assertThat(poll()).isEmpty();
    log.failReads(null);

    List<DeliveredMessage> got = new ArrayList<>();
    while (got.size() < 3) {
      for (DeliveredMessage each : poll()) {
        got.add(each);
        engine.acknowledge("workers", List.of(each.receiptHandle())).join();
      }
    }

    assertThat(got)
        .extracting(each -> each.message().message().id())
        .containsExactly("job-0", "job-1", "job-2");
    assertThat(got).allMatch(each -> each.attempt() == 1);
  }

  private List<DeliveredMessage> poll() {
    PollRequest request =
        new PollRequest(
            "workers",
            "jobs",
            "c1",
            32,
            Optional.empty(),
            Filter.all(),
            Duration.ofSeconds(10),
            Optional.empty(),
            true);
    return engine.poll(request).join().value();
  }

  private static RefusalCode codeOf(CompletableFuture<? extends Outcome<?>> asked) {
    return ((Outcome.Refused<?>) asked.join()).refusal().code();
  }

  private static void refused(CompletableFuture<? extends Outcome<?>> asked) {
    assertThat(asked.join())
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> {
              assertThat(refused.refusal().code()).isEqualTo(RefusalCode.UNAVAILABLE);
              assertThat(refused.refusal().message()).startsWith(WHY).contains("try again");
            });
  }
}
