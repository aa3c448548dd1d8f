package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import io.rivulet.testkit.index.MemoryIndex;
import io.rivulet.testkit.log.MemoryLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The index's disk has no room, as when somebody else fills it. */
final class FullIndexTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final MemoryIndex index = new MemoryIndex();
  private final Engine engine;
  private int ids;

  FullIndexTest() throws IOException {
    engine =
        Engine.open(
            EngineConfig.defaults(),
            MemoryLog.automatic(Clock.system()),
            index,
            Clock.system(),
            new QuietListener());
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private Outcome<SendReceipt> send() {
    byte[] body = "body".getBytes(StandardCharsets.UTF_8);
    Message message = Message.builder("jobs", "id-" + ids++, body).build();
    return engine.send(List.of(message)).join().getFirst();
  }

  private List<DeliveredMessage> poll() {
    PollRequest request =
        new PollRequest(
            "workers",
            "jobs",
            "c1",
            1,
            Optional.of(Duration.ofMinutes(1)),
            Filter.all(),
            Duration.ofSeconds(5),
            Optional.empty(),
            true);
    return engine.poll(request).join().value();
  }

  private void awaitRefusal() {
    await()
        .atMost(PATIENCE)
        .until(() ->
            send() instanceof Outcome.Refused<SendReceipt>(var refusal)
                && refusal.code() == RefusalCode.STORAGE_FULL);
  }

  @Test
  void sendsAreRefusedConsumersGoOnAndAllIsWellWhenThereIsRoomAgain() {
    engine.ensureGroup(GroupDefinition.standard("workers")).join().value();
    assertThat(send().isOk()).isTrue();
    index.setFull(true);
    awaitRefusal();

    List<DeliveredMessage> delivered = poll();

    assertThat(delivered).hasSize(1);
    String handle = delivered.getFirst().receiptHandle();
    assertThat(engine.acknowledge("workers", List.of(handle)).join().getFirst().isOk()).isTrue();
    index.setFull(false);
    await().atMost(PATIENCE).until(() -> send().isOk());
  }
}
