package io.rivulet.cluster.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.Quotas;
import io.rivulet.engine.limit.LimitName;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/**
 * What a topic or a client may send it may send once, to whatever nodes and into whatever shards.
 */
final class EntryQuotasTest {
  private static final Quotas NONE = new Quotas(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  private int ids;

  private static <T> T get(CompletableFuture<T> future) {
    try {
      return future.get(15, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static ThreeNodes nodes(Quotas quotas) throws IOException {
    ThreeNodes nodes = new ThreeNodes(EngineConfig.defaults().toBuilder().quotas(quotas).build());
    assertThat(get(nodes.node(0).defineTopic(TopicDefinition.of("chat", TopicType.LITE))).isOk())
        .isTrue();
    return nodes;
  }

  private static Quotas clientMessages(long perSecond) {
    return new Quotas(0, 0, 0, 0, 0, 0, perSecond, 0, 0, 0, 0);
  }

  private Message message() {
    byte[] body = "x".getBytes(StandardCharsets.UTF_8);
    return Message.builder("chat", "id-" + ids, body).liteTopic("s" + ids++ % 30).build();
  }

  private Outcome<SendReceipt> send(Engine at, String client) {
    return get(at.send(client, List.of(message()))).getFirst();
  }

  @Test
  void aClientsRateHoldsForAllNodesAndShardsTogether() throws IOException {
    try (ThreeNodes nodes = nodes(clientMessages(20))) {
      Clock clock = Clock.system();
      long startNanos = clock.nanos();
      List<Outcome<SendReceipt>> all = new ArrayList<>();
      while (all.size() < 1000 || clock.nanos() - startNanos < 2_000_000_000L) {
        all.add(send(nodes.node(all.size() % 3), "hot"));
      }

      double seconds = (clock.nanos() - startNanos) / 1e9;
      long stored = all.stream().filter(Outcome::isOk).count();
      assertThat(stored).isBetween(20L, (long) (20 + 20 * (seconds + 0.5)));
      assertThat(all)
          .filteredOn(each -> !each.isOk())
          .isNotEmpty()
          .allSatisfy(each -> {
            Refusal refusal = ((Outcome.Refused<SendReceipt>) each).refusal();
            assertThat(refusal.code()).isEqualTo(RefusalCode.TOO_MANY_REQUESTS);
            assertThat(refusal.message())
                .contains(
                    "the client 'hot'", "quota.client-message-rate of 20 per second", "again");
          });
      assertThat(send(nodes.node(1), "calm").isOk()).isTrue();
    }
  }

  @Test
  void aFirstSendIsNotRefusedAndASecondsWorthPassesAtOnce() throws IOException {
    try (ThreeNodes nodes = nodes(clientMessages(50))) {
      List<Message> batch = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        batch.add(message());
      }

      assertThat(get(nodes.node(2).send("c", batch))).hasSize(40).allMatch(Outcome::isOk);
    }
  }

  @Test
  void aTopicsRateIsSharedByItsClients() throws IOException {
    try (ThreeNodes nodes = nodes(new Quotas(0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0))) {
      List<Message> batch = new ArrayList<>();
      for (int i = 0; i < 2000; i++) {
        batch.add(message());
      }
      assertThat(get(nodes.node(0).send("a", batch))).allMatch(Outcome::isOk);

      assertThat(send(nodes.node(0), "b").toString()).contains("quota.topic-message-rate");
    }
  }

  @Test
  void withoutItsHomeARateIsAnEqualPartForEachNode() throws IOException {
    try (ThreeNodes nodes = nodes(clientMessages(1000))) {
      for (int shard = 0; shard < ThreeNodes.SHARDS; shard++) {
        assertThat(send(nodes.node(shard % 3), "client " + shard).isOk()).isTrue();
      }
      int home = LimitRounds.homeOf(new LimitName("the client 'c'", ""), ThreeNodes.SHARDS);
      nodes.take(home);
      Placement placement = new Placement(ThreeNodes.SHARDS);
      Message elsewhere = message();
      while (placement.of(elsewhere) == home) {
        elsewhere = message();
      }

      Clock clock = Clock.system();
      long endNanos = clock.nanos() + 5_000_000_000L;
      boolean isStored = false;
      while (!isStored && clock.nanos() < endNanos) {
        isStored = get(nodes.node(1).send("c", List.of(elsewhere))).getFirst().isOk();
      }
      assertThat(isStored).isTrue();
    }
  }

  @Test
  void aShardsPartOfACountIsNeverTooSmall() {
    assertThat(NONE.partOf(32)).isEqualTo(NONE);
    Quotas part = new Quotas(20_000_000, 10, 0, 0, 5, 0, 0, 0, 0, 0, 10_000).partOf(32);
    assertThat(part.topicLiteTopics()).isBetween(625_000L, 632_000L);
    assertThat(part.namespaceLiteTopics()).isBetween(4L, 5L);
    assertThat(part.topicMessageRate()).isZero();
    assertThat(part.clientLiteTopicRate()).isBetween(400L, 450L);
  }
}
