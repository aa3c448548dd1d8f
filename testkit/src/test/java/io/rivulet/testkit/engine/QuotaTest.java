package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.Quotas;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import io.rivulet.testkit.index.MemoryIndex;
import io.rivulet.testkit.log.MemoryLog;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What one topic, namespace or client may take. */
final class QuotaTest {
  private static final Quotas NONE = new Quotas(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  private int maxQueuedPerClient = EngineConfig.defaults().maxQueuedPerClient();
  private MemoryLog log = MemoryLog.automatic(Clock.system());
  private MemoryIndex index = new MemoryIndex();
  private Engine engine = open(NONE);
  private int ids;

  private Engine open(Quotas quotas) {
    EngineConfig config =
        EngineConfig.defaults().toBuilder()
            .maxQueuedPerClient(maxQueuedPerClient)
            .quotas(quotas)
            .build();
    try {
      return Engine.open(config, log, index, Clock.system(), new QuietListener());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void reopen(Quotas quotas) {
    engine.close();
    log = log.crash(Integer.MAX_VALUE);
    index = index.crash(0);
    engine = open(quotas);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private Message to(String topic, String liteTopic) {
    return Message.builder(topic, "m" + ids++, new byte[100]).liteTopic(liteTopic).build();
  }

  private Outcome<SendReceipt> send(String client, String topic, String liteTopic) {
    return engine.send(client, List.of(to(topic, liteTopic))).join().getFirst();
  }

  private static Refusal refusalOf(Outcome<?> outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    return ((Outcome.Refused<?>) outcome).refusal();
  }

  private Outcome<Integer> follow(String client, String topic, String... names) {
    return engine
        .changeSubscription(
            new SubscriptionChange(
                "g-" + topic,
                client,
                topic,
                SubscriptionChange.Action.ADD,
                Set.of(names),
                Optional.empty()))
        .join();
  }

  @Test
  void aTopicHasNoMoreLiteTopicsThanItsQuota() {
    reopen(new Quotas(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    assertThat(send("c", "chat", "a").isOk()).isTrue();
    assertThat(send("c", "chat", "b").isOk()).isTrue();

    Refusal refusal = refusalOf(send("c", "chat", "x"));

    assertThat(refusal.code()).isEqualTo(RefusalCode.LITE_TOPIC_QUOTA_EXCEEDED);
    assertThat(refusal.message())
        .isEqualTo("the topic 'chat' has 2 lite topics, and quota.topic-lite-topics allows 2");
    assertThat(send("c", "chat", "a").isOk()).as("what is there is written to").isTrue();
    assertThat(send("c", "other", "x").isOk()).as("other topics go on").isTrue();
    engine.reclaimLite("chat", "a").join().value();
    assertThat(send("c", "chat", "x").isOk()).as("room was made").isTrue();
  }

  @Test
  void inOneBatchOnlyWhatIsTooMuchIsRefused() {
    reopen(new Quotas(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));

    List<Outcome<SendReceipt>> outcomes =
        engine
            .send("c", IntStream.range(0, 4).mapToObj(i -> to("chat", "s" + i % 3)).toList())
            .join();

    assertThat(outcomes).extracting(Outcome::isOk).containsExactly(true, true, false, true);
  }

  @Test
  void aNamespaceHasNoMoreLiteTopicsThanItsQuota() {
    reopen(new Quotas(0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    assertThat(send("c", "ns%one", "a").isOk()).isTrue();
    assertThat(send("c", "ns%two", "a").isOk()).isTrue();

    assertThat(refusalOf(send("c", "ns%two", "b")).message())
        .isEqualTo(
            "the namespace 'ns' has 2 lite topics, and quota.namespace-lite-topics allows 2");
    assertThat(send("c", "one", "a").isOk()).isTrue();
    engine.deleteTopic("ns%one").join().value();
    assertThat(send("c", "ns%two", "b").isOk()).isTrue();
  }

  @Test
  void countsSurviveARestart() {
    send("c", "chat", "a");
    send("c", "chat", "b");
    engine.defineGroup(GroupDefinition.lite("g-chat", "chat")).join().value();
    assertThat(follow("c", "chat", "a", "b", "x").isOk()).isTrue();

    reopen(new Quotas(2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0));

    assertThat(send("c", "chat", "x").isOk()).isFalse();
    assertThat(follow("c", "chat", "y").isOk()).isFalse();
    assertThat(follow("c", "chat", "a", "x").isOk()).as("it follows these already").isTrue();
  }

  @Test
  void subscriptionsOfATopicAndANamespaceAreBounded() {
    reopen(new Quotas(0, 0, 2, 3, 0, 0, 0, 0, 0, 0, 0));
    for (String topic : List.of("ns%a", "ns%b")) {
      engine.defineGroup(GroupDefinition.lite("g-" + topic, topic)).join().value();
    }
    assertThat(follow("c1", "ns%a", "x", "y").isOk()).isTrue();

    Refusal ofTopic = refusalOf(follow("c2", "ns%a", "x"));
    assertThat(ofTopic.code()).isEqualTo(RefusalCode.LITE_SUBSCRIPTION_QUOTA_EXCEEDED);
    assertThat(ofTopic.message()).contains("'ns%a' has 2 subscriptions", "allows 2");
    assertThat(follow("c2", "ns%b", "x").isOk()).isTrue();
    assertThat(refusalOf(follow("c2", "ns%b", "y")).message())
        .contains("the namespace 'ns' has 3 subscriptions");
  }

  @Test
  void aClientThatSendsTooFastHarmsOnlyItself() {
    reopen(new Quotas(0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0));
    engine.send("hot", IntStream.range(0, 500).mapToObj(_ -> to("chat", "a")).toList()).join();

    Refusal refusal = refusalOf(send("hot", "chat", "a"));

    assertThat(refusal.code()).isEqualTo(RefusalCode.TOO_MANY_REQUESTS);
    assertThat(refusal.message())
        .contains("the client 'hot'", "quota.client-message-rate of 10 per second", "come again");
    assertThat(send("calm", "chat", "a").isOk()).isTrue();
  }

  @Test
  void theRatesOfATopicAndANamespaceAreShared() {
    reopen(new Quotas(0, 0, 0, 0, 10, 0, 0, 0, 1000, 0, 0));
    engine.send("c1", IntStream.range(0, 20).mapToObj(_ -> to("ns%a", "a")).toList()).join();

    assertThat(refusalOf(send("c2", "ns%a", "a")).message())
        .contains("the topic 'ns%a'", "quota.topic-message-rate");
    assertThat(refusalOf(send("c2", "ns%b", "a")).message())
        .contains("the namespace 'ns'", "quota.namespace-byte-rate");
    assertThat(send("c2", "b", "a").isOk()).isTrue();
  }

  @Test
  void aClientThatMakesLiteTopicsTooFastHarmsOnlyItself() {
    reopen(new Quotas(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5));
    for (int i = 0; i < 5; i++) {
      send("wild", "chat", "s" + i);
    }
    engine.send("wild", IntStream.range(0, 500).mapToObj(i -> to("chat", "t" + i)).toList()).join();

    Refusal refusal = refusalOf(send("wild", "chat", "another"));

    assertThat(refusal.code()).isEqualTo(RefusalCode.TOO_MANY_REQUESTS);
    assertThat(refusal.message())
        .contains("the client 'wild'", "quota.client-lite-topic-rate of 5 per second");
    assertThat(send("wild", "chat", "s1").isOk()).isTrue();
    assertThat(send("calm", "chat", "another").isOk()).isTrue();
  }

  @Test
  void aClientWithTooManySendsWaitingIsToldSoAndOthersGoOn() {
    maxQueuedPerClient = 1;
    reopen(NONE);

    List<CompletableFuture<List<Outcome<SendReceipt>>>> sends =
        IntStream.range(0, 5000)
            .mapToObj(_ -> engine.send("wild", List.of(to("chat", "a"))))
            .toList();

    List<Outcome<SendReceipt>> refused =
        sends.stream().map(each -> each.join().getFirst()).filter(each -> !each.isOk()).toList();
    assertThat(refused).isNotEmpty();
    assertThat(refusalOf(refused.getFirst()).message())
        .contains("the client 'wild'", "engine.max-queued-per-client");
    assertThat(send("calm", "chat", "a").isOk()).isTrue();
    assertThat(send("wild", "chat", "a").isOk()).isTrue();
  }
}
