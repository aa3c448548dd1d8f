package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.Backoff;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupKind;
import io.rivulet.engine.group.StartFrom;
import io.rivulet.engine.group.SubscriptionModel;
import io.rivulet.engine.lite.LiteTopicPage;
import io.rivulet.engine.lite.LiteTopicView;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.shard.ShardInspector;
import io.rivulet.engine.shard.TallyInspector;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGeneratorFactory;

/**
 * Owned by one thread. A shard with little memory and many checkpoints, which is stopped in the
 * middle of something, and what must hold when it comes back. It goes the same way every time.
 */
final class CrashWorld {
  static final Duration TTL = Duration.ofSeconds(10);

  /** What a crash takes of what was not made durable. */
  enum Loss {
    /** The process died: the operating system has all that was written. */
    NOTHING(Integer.MAX_VALUE, Integer.MAX_VALUE),
    /** Power was lost: what was not synced is gone from the log. */
    LOG_TAIL(0, Integer.MAX_VALUE),
    /** The index is as it was when it was last flushed. */
    INDEX_TAIL(Integer.MAX_VALUE, 0);

    final int keptBatches;
    final int keptWrites;

    Loss(int keptBatches, int keptWrites) {
      this.keptBatches = keptBatches;
      this.keptWrites = keptWrites;
    }
  }

  final EngineConfig config;
  final ShardDriver driver;
  private int sent;

  CrashWorld(EngineConfig config) {
    this.config = config;
    driver = new ShardDriver(config, RandomGeneratorFactory.of("L64X128MixRandom").create(7));
  }

  /**
   * Queues leave memory soon, ready sets are small, and checkpoints frequent unless the log is
   * trimmed.
   *
   * @param retentionBytes 0: nothing is trimmed
   */
  static EngineConfig config(long retentionBytes) {
    return EngineConfig.defaults().toBuilder()
        .retentionTime(Optional.empty())
        .retentionBytes(retentionBytes)
        .liteTtl(Optional.of(TTL))
        .maxPollMessages(64)
        .normalQueues(2)
        .leaseTime(Duration.ofSeconds(20))
        .maxLeaseTime(Duration.ofMinutes(5))
        .clientTimeout(Duration.ofSeconds(60))
        .subscriptionTimeout(Duration.ofDays(1))
        .recentIds(1024)
        .checkpointBytes(retentionBytes == 0 ? 8_000 : 10_000_000)
        .checkpointInterval(Duration.ofSeconds(5))
        .tailRecords(400)
        .tailTime(Duration.ofSeconds(20))
        .maxIdleQueues(16)
        .readyWindow(32)
        .maxReadyQueues(1000)
        .maxQueuedCommands(10_000)
        .build();
  }

  // ---- asking

  void introduce(String client, String group) {
    driver.shard().clientSeen(new ClientInfo(client, Optional.of(group), Long.MAX_VALUE, "JAVA"));
  }

  void defineTopic(boolean reclaimsUnsubscribed) {
    assertThat(
            settled(
                    driver
                        .shard()
                        .defineTopic(
                            new TopicDefinition(
                                "chat", TopicType.LITE, Optional.of(TTL), reclaimsUnsubscribed)))
                .isOk())
        .isTrue();
  }

  void defineGroup(String name, Optional<String> prefix) {
    var reply =
        driver
            .shard()
            .ensureGroup(
                new GroupDefinition(
                    name,
                    GroupKind.LITE,
                    Optional.of("chat"),
                    prefix,
                    SubscriptionModel.SHARED,
                    new StartFrom.First(),
                    16,
                    Backoff.standard(),
                    100_000));
    assertThat(settled(reply).isOk()).isTrue();
  }

  static Set<String> names(String beginning, int from, int to) {
    Set<String> names = new LinkedHashSet<>();
    for (int i = from; i < to; i++) {
      names.add(beginning + i);
    }
    return names;
  }

  CompletableFuture<Outcome<Integer>> change(
      String group, String client, SubscriptionChange.Action action, Set<String> names) {
    return driver
        .shard()
        .changeSubscription(
            new SubscriptionChange(group, client, "chat", action, names, Optional.empty()));
  }

  void follow(String group, String client, Set<String> names) {
    introduce(client, group);
    assertThat(settled(change(group, client, SubscriptionChange.Action.ADD, names)).isOk())
        .isTrue();
  }

  CompletableFuture<List<Outcome<SendReceipt>>> send(Set<String> liteTopics) {
    List<Message> batch = new ArrayList<>();
    for (String name : liteTopics) {
      batch.add(Message.builder("chat", "m" + sent++, new byte[10]).liteTopic(name).build());
    }
    return driver.shard().send("", batch);
  }

  void sendLarge(String liteTopic, int bytes) {
    Message message =
        Message.builder("chat", "m" + sent++, new byte[bytes]).liteTopic(liteTopic).build();
    assertThat(settled(driver.shard().send("", List.of(message)))).allMatch(Outcome::isOk);
  }

  void sendNow(Set<String> liteTopics) {
    assertThat(settled(send(liteTopics))).allMatch(Outcome::isOk);
  }

  private List<DeliveredMessage> poll(String group, String client) {
    return settled(
            driver
                .shard()
                .poll(
                    new PollRequest(
                        group,
                        "chat",
                        client,
                        64,
                        Optional.of(Duration.ofSeconds(20)),
                        Filter.all(),
                        Duration.ZERO,
                        Optional.empty(),
                        true)))
        .value();
  }

  /** The lite topics of what one poll gets. */
  Set<String> pollOnce(String group, String client) {
    Set<String> got = new TreeSet<>();
    poll(group, client).forEach(each -> got.add(each.message().message().liteTopic()));
    return got;
  }

  /** Polls and acknowledges until leases from before have ended and nothing is left. */
  Set<String> drain(String group, String client) {
    introduce(client, group);
    Set<String> got = new TreeSet<>();
    for (int empty = 0; empty < 3; ) {
      List<DeliveredMessage> batch = poll(group, client);
      empty = batch.isEmpty() ? empty + 1 : 0;
      if (batch.isEmpty()) {
        driver.pass(21_000);
      }
      batch.forEach(each -> got.add(each.message().message().liteTopic()));
      var acknowledged =
          driver
              .shard()
              .acknowledge(group, batch.stream().map(DeliveredMessage::receiptHandle).toList());
      assertThat(settled(acknowledged)).allMatch(Outcome::isOk);
    }
    return got;
  }

  /** Names of all lite topics there are. */
  Set<String> liteTopics() {
    Set<String> names = new TreeSet<>();
    Optional<String> after = Optional.of("");
    while (after.isPresent()) {
      Outcome<LiteTopicPage> page = settled(driver.shard().listLite("chat", "", after.get(), 1000));
      if (!page.isOk()) {
        return names;
      }
      page.value().liteTopics().stream().map(LiteTopicView::name).forEach(names::add);
      after = page.value().next();
    }
    return names;
  }

  <T> T settled(CompletableFuture<T> reply) {
    driver.settle();
    return reply.join();
  }

  // ---- judging

  ShardInspector inspector() {
    return new ShardInspector(driver.shard(), config.maxWindow());
  }

  /** The process dies, comes back, and knows what the log says. */
  void crash(Loss loss) {
    driver.crash(loss.keptBatches, loss.keptWrites, false);
    // To look is to load: that is done to a twin.
    ShardInspector alive = new ShardInspector(driver.twinFromCrash(), config.maxWindow());
    assertThat(new TallyInspector(driver.twinFromCrash()).miscounted()).isEmpty();
    assertThat(alive.unentered()).isEmpty();
    assertThat(alive.disagreeing()).isEmpty();
    assertThat(alive.miscounted()).isEmpty();
    if (config.retentionBytes() == 0) {
      ShardInspector folded = new ShardInspector(driver.rebuiltFromCrash(), config.maxWindow());
      assertThat(alive.state()).isEqualTo(folded.state());
    }
  }

  /** What must hold whenever nothing moves. */
  void expectOrder() {
    driver.settle();
    assertThat(inspector().isSwept()).isTrue();
    assertThat(inspector().misplaced()).isEmpty();
    assertThat(inspector().miscounted()).isEmpty();
    assertThat(new TallyInspector(driver.shard()).miscounted()).isEmpty();
    assertThat(inspector().disagreeing()).isEmpty();
    // So that there is a checkpoint: what was deleted is gone from the index as well.
    sendNow(Set.of("last"));
    driver.pass(config.checkpointInterval().toMillis());
    driver.settle();
    assertThat(inspector().leftovers()).isEmpty();
  }

  /** In the end as well: the state is the fold of the log. */
  void expectFold() {
    driver.settle();
    List<String> alive = inspector().state();
    assertThat(alive).isEqualTo(new ShardInspector(driver.rebuilt(), config.maxWindow()).state());
  }
}
