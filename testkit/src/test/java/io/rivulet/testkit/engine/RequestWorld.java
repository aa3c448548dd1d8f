package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.shard.ParkedInspector;
import io.rivulet.engine.shard.RunningShard;
import io.rivulet.engine.shard.ShardInspector;
import io.rivulet.engine.shard.ShardNumber;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGeneratorFactory;

/**
 * Owned by one thread. Requests that are sent and worked on, step by step, by a shard on that
 * thread under a clock that stands still until it is told to move.
 */
final class RequestWorld {
  static final Duration LEASE = Duration.ofSeconds(20);

  final ShardDriver driver;
  private final EngineConfig config;
  private int ids;

  RequestWorld() {
    this(CrashWorld.config(0));
  }

  RequestWorld(EngineConfig config) {
    this(config, ShardNumber.ONLY);
  }

  RequestWorld(EngineConfig config, ShardNumber number) {
    this.config = config;
    driver =
        new ShardDriver(config, RandomGeneratorFactory.of("L64X128MixRandom").create(7), number);
  }

  RunningShard shard() {
    return driver.shard();
  }

  <T> T settled(CompletableFuture<T> reply) {
    driver.settle();
    assertThat(reply).isDone();
    return reply.join();
  }

  // ---- sending

  Message.Builder message(String topic) {
    return message(topic, new byte[10]);
  }

  Message.Builder message(String topic, byte[] body) {
    return Message.builder(topic, "m" + ids++, body);
  }

  SendReceipt send(Message.Builder message) {
    return settled(shard().send("", List.of(message.build()))).getFirst().value();
  }

  // ---- working

  /** A STANDARD group that follows a topic from its first message on. */
  void standardGroup(String group, String topic, Filter filter) {
    introduce("c-" + group, group);
    assertThat(settled(shard().ensureGroup(GroupDefinition.standard(group))).isOk()).isTrue();
    assertThat(settled(shard().subscribe(group, topic, filter)).isOk()).isTrue();
  }

  /** A LITE group whose client follows lite topics by name. */
  void liteGroup(String group, String topic, String... names) {
    introduce("c-" + group, group);
    assertThat(settled(shard().ensureGroup(GroupDefinition.lite(group, topic))).isOk()).isTrue();
    var change =
        new SubscriptionChange(
            group,
            "c-" + group,
            topic,
            SubscriptionChange.Action.ADD,
            Set.of(names),
            Optional.empty());
    assertThat(settled(shard().changeSubscription(change)).isOk()).isTrue();
  }

  void introduce(String client, String group) {
    shard().clientSeen(new ClientInfo(client, Optional.of(group), Long.MAX_VALUE, "JAVA"));
  }

  /** What there is for the group now, leased for {@link #LEASE}. */
  List<DeliveredMessage> poll(String group, String topic) {
    return poll(group, topic, Filter.all());
  }

  List<DeliveredMessage> poll(String group, String topic, Filter filter) {
    PollRequest request =
        new PollRequest(
            group,
            topic,
            "c-" + group,
            64,
            Optional.of(LEASE),
            filter,
            Duration.ZERO,
            Optional.empty(),
            true);
    return settled(shard().poll(request)).value();
  }

  List<String> pollIds(String group, String topic) {
    return ids(poll(group, topic));
  }

  static List<String> ids(List<DeliveredMessage> batch) {
    return batch.stream().map(each -> each.message().message().id()).toList();
  }

  Outcome<String> acknowledge(String group, DeliveredMessage delivered) {
    return settled(shard().acknowledge(group, List.of(delivered.receiptHandle()))).getFirst();
  }

  /** All that stands in a queue, read without a group. */
  List<Message> read(String topic, String queue) {
    ReadRequest request =
        new ReadRequest(
            topic, Optional.of(queue), new OffsetOption.Min(), Optional.empty(), 64, Duration.ZERO);
    return settled(shard().read(request)).value().messages().stream()
        .map(StoredMessage::message)
        .toList();
  }

  // ---- time and crashes

  void pass(Duration time) {
    driver.pass(time.toMillis());
    driver.settle();
  }

  long wallMillis() {
    return driver.clock.wallMillis();
  }

  /** The process dies and comes back; the index is lost or as it was, the state that of the log. */
  void restart(boolean isIndexLost) {
    driver.settle();
    driver.crash(Integer.MAX_VALUE, Integer.MAX_VALUE, isIndexLost);
    driver.settle();
    expectFold();
  }

  void expectFold() {
    driver.settle();
    assertThat(new ShardInspector(shard(), config.maxWindow()).misplaced()).isEmpty();
    List<String> alive = new ShardInspector(driver.twinFromCrash(), config.maxWindow()).state();
    assertThat(alive)
        .isEqualTo(new ShardInspector(driver.rebuiltFromCrash(), config.maxWindow()).state());
    assertThat(new ParkedInspector(driver.twinFromCrash()).state())
        .isEqualTo(new ParkedInspector(driver.rebuiltFromCrash()).state());
  }
}
