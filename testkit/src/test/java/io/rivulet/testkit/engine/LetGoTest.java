package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.shard.RunningShard;
import io.rivulet.engine.shard.ShardEngine;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.shard.ShardThreads;
import io.rivulet.engine.time.Clock;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.testkit.index.MemoryIndex;
import io.rivulet.testkit.log.MemoryLog;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** A shard with its thread, at its end, with readers that work when they are told to. */
final class LetGoTest {
  private final Queue<Runnable> reading = new ConcurrentLinkedQueue<>();
  private final Queue<Runnable> writing = new ConcurrentLinkedQueue<>();
  private volatile boolean isIndexSlow;
  private final RunningShard shard;

  LetGoTest() throws IOException {
    shard =
        ShardEngine.open(
            EngineConfig.defaults(),
            MemoryLog.automatic(Clock.system()),
            new MemoryIndex(),
            Clock.system(),
            new QuietListener(),
            new ShardThreads(reading::add, Runnable::run, this::write),
            ShardNumber.ONLY);
    shard.clientSeen(new ClientInfo("c1", Optional.of("workers"), Long.MAX_VALUE, "JAVA"));
    shard.defineTopic(TopicDefinition.of("jobs", TopicType.FIFO)).join().value();
    shard.ensureGroup(GroupDefinition.standard("workers")).join().value();
  }

  private void write(Runnable task) {
    if (isIndexSlow) {
      writing.add(task);
    } else {
      task.run();
    }
  }

  @Test
  void whatIsBeingReadForAPollIsAnsweredBeforeTheShardIsLetGo() {
    CompletableFuture<Outcome<List<DeliveredMessage>>> polled = shard.poll(poll());
    send();
    await().until(() -> !reading.isEmpty());

    CompletableFuture<Void> letGo = shard.letGo();
    await().during(Duration.ofMillis(200)).until(() -> !letGo.isDone());

    reading.poll().run();
    await().until(letGo::isDone);
    assertThat(polled.join().value()).hasSize(1);
    shard.close();
  }

  @Test
  void theLogIsLetGoWhileTheIndexIsStillWrittenAndNothingMoreIsTaken() {
    isIndexSlow = true;
    send();
    await().until(() -> !writing.isEmpty());

    CompletableFuture<Void> letGo = shard.letGo();
    await().until(letGo::isDone);
    Outcome<?> late = shard.describeGroup("workers").join();

    assertThat(late)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.refusal().code()).isEqualTo(RefusalCode.UNAVAILABLE));
    isIndexSlow = false;
    writing.forEach(Runnable::run);
    shard.close();
  }

  private void send() {
    Message message = Message.builder("jobs", "m", new byte[1]).messageGroup("g").build();
    assertThat(shard.send("", List.of(message)).join().getFirst().isOk()).isTrue();
  }

  private static PollRequest poll() {
    return new PollRequest(
        "workers",
        "jobs",
        "c1",
        32,
        Optional.empty(),
        Filter.all(),
        Duration.ofSeconds(30),
        Optional.empty(),
        true);
  }
}
