package io.rivulet.cluster.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.subscription.Claimed;
import io.rivulet.engine.subscription.LinkedStream;
import io.rivulet.engine.subscription.StreamAck;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.StreamPattern;
import io.rivulet.engine.subscription.SubscriptionBounds;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.SubscriptionView;
import io.rivulet.engine.subscription.Wake;
import io.rivulet.engine.subscription.WakeAnswer;
import io.rivulet.engine.subscription.WakeBy;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A subscription follows streams wherever they are, and is worked for at any node. */
final class SubscriptionsApartTest {
  private static final WakeBy HOOK = new WakeBy.Webhook("https://worker.example/hook");
  private static final WakeBy PULL = new WakeBy.PullWake(new StreamPath("wakes", "pool"));

  private final ThreeNodes nodes = new ThreeNodes();
  private final Engine a = nodes.node(0);
  private final Engine b = nodes.node(1);
  private final Engine c = nodes.node(2);
  private final List<CompletableFuture<Outcome<List<Wake>>>> waiting = new ArrayList<>();
  private int ids;

  SubscriptionsApartTest() throws IOException {
    get(a.defineTopic(TopicDefinition.of("chat", TopicType.LITE)));
  }

  @AfterEach
  void close() {
    nodes.close();
  }

  private static <T> T get(CompletableFuture<T> future) {
    try {
      return future.get(20, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static StreamPath path(String name) {
    return new StreamPath("chat", name);
  }

  private static int shardOf(String name) {
    return ShardNumber.ofLite("chat", name, ThreeNodes.SHARDS);
  }

  private static SubscriptionDefinition by(WakeBy wakeBy, String glob, StreamPath... streams) {
    return new SubscriptionDefinition(
        wakeBy,
        glob.isEmpty() ? Optional.empty() : Optional.of(new StreamPattern("chat", glob)),
        List.of(streams),
        Duration.ofSeconds(30),
        "");
  }

  private void make(Engine at, String name, SubscriptionDefinition definition) {
    assertThat(get(at.makeSubscription(name, definition)).isOk()).isTrue();
  }

  private void send(Engine at, String name) {
    Message message =
        Message.builder("chat", "id-" + ids++, "x".getBytes(StandardCharsets.UTF_8))
            .liteTopic(name)
            .build();
    assertThat(get(at.send("client", List.of(message))).getFirst().isOk()).isTrue();
  }

  /** Whoever delivers wakes waits at each node; the first wake that any of them gets. */
  private Wake wake() throws InterruptedException {
    for (int i = 0; i < 1000; i++) {
      if (waiting.isEmpty()) {
        for (Engine each : List.of(a, b, c)) {
          waiting.add(each.takeWakes(1));
        }
      }
      for (int node = 0; node < 3; node++) {
        CompletableFuture<Outcome<List<Wake>>> each = waiting.get(node);
        if (each.isDone()) {
          waiting.set(node, nodes.node(node).takeWakes(1));
          return each.join().value().getFirst();
        }
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
    throw new AssertionError("nobody is woken");
  }

  private boolean isQuiet() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(400);
    return waiting.stream().noneMatch(CompletableFuture::isDone);
  }

  private static List<StreamAck> all(Wake wake) {
    return wake.streams().stream()
        .map(each -> new StreamAck(each.path(), each.tailOffset()))
        .toList();
  }

  private static WakeAnswer acknowledge(Engine at, Wake wake, boolean isDone) {
    return get(at.acknowledgeStreams(wake.key(), all(wake), isDone)).value();
  }

  @Test
  void whatIsAppendedInAnyShardWakesItsSubscriberOnce() throws InterruptedException {
    send(a, "s0");
    make(b, "sub", by(HOOK, "*"));
    Map<StreamPath, Long> acked = new HashMap<>();
    for (int i = 0; i < 24; i++) {
      send(i % 2 == 0 ? a : c, "s" + i % 12);
    }

    while (acked.size() < 12 || acked.values().stream().anyMatch(each -> each < 2)) {
      Wake wake = wake();
      assertThat(wake.streams()).allMatch(LinkedStream::hasPending);
      get(c.wakeDelivered(wake.key()));
      assertThat(acknowledge(a, wake, true)).isInstanceOf(WakeAnswer.Done.class);
      all(wake).forEach(each -> acked.merge(each.stream(), each.offset(), Math::max));
    }

    assertThat(acked).containsEntry(path("s0"), 3L).containsEntry(path("s1"), 2L);
    assertThat(isQuiet()).isTrue();
  }

  @Test
  void whateverIsThrownWhileShardsTellEachOtherTheSubscriberIsWoken() throws InterruptedException {
    make(a, "sub", by(HOOK, "*"));
    int home = ShardNumber.ofSubscription("sub", ThreeNodes.SHARDS);
    String stream = "s0";
    while (shardOf(stream) == home || nodes.ownerOf(shardOf(stream)) != nodes.ownerOf(home)) {
      stream += "0";
    }
    AtomicInteger asked = new AtomicInteger();
    AtomicInteger heard = new AtomicInteger();
    nodes.intercept(shardOf(stream), method -> failing(method, "subscriptionNews", asked));
    nodes.intercept(home, method -> failing(method, "hearReports", heard));

    send(a, stream);

    assertThat(wake().streams()).extracting(LinkedStream::path).containsExactly(path(stream));
    assertThat(asked.get()).isGreaterThan(1);
    assertThat(heard.get()).isGreaterThan(1);
  }

  /** The first time. */
  private static @Nullable Object failing(String method, String which, AtomicInteger calls) {
    if (method.equals(which) && calls.incrementAndGet() == 1) {
      throw new IllegalStateException("nobody expects this");
    }
    return null;
  }

  @Test
  void theNextWakeFencesWhoWorkedForTheLast() throws InterruptedException {
    make(a, "sub", by(HOOK, "*"));
    send(a, "s1");
    Wake first = wake();
    assertThat(first.streams()).containsExactly(new LinkedStream(path("s1"), false, 0, 1));
    assertThat(acknowledge(b, first, true)).isEqualTo(new WakeAnswer.Done(false));
    send(c, "s2");
    Wake second = wake();

    assertThat(second.key().generation()).isEqualTo(2);
    assertThat(second.streams()).containsExactly(new LinkedStream(path("s2"), false, 0, 1));
    assertThat(acknowledge(a, first, true)).isEqualTo(new WakeAnswer.Fenced(2));
    assertThat(acknowledge(a, second, true)).isEqualTo(new WakeAnswer.Done(false));
  }

  @Test
  void ofSeveralAcksAllCountOrNone() throws InterruptedException {
    make(a, "sub", by(HOOK, "*"));
    for (int i = 0; i < 8; i++) {
      send(a, "s" + i);
    }
    Wake wake = wake();
    List<StreamAck> acks = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      acks.add(new StreamAck(path("s" + i), i == 7 ? 5 : 1));
    }

    assertThat(get(b.acknowledgeStreams(wake.key(), acks, true)).value())
        .isEqualTo(new WakeAnswer.BeyondEnd(acks.get(7), 1));
    assertThat(get(b.describeSubscription("sub", 100)).value().streams())
        .hasSize(8)
        .allMatch(LinkedStream::hasPending);
    acks.set(7, new StreamAck(new StreamPath("other", "s"), 1));
    assertThat(get(b.acknowledgeStreams(wake.key(), acks, true)).value())
        .isEqualTo(new WakeAnswer.NotLinked(new StreamPath("other", "s")));
    acks.set(7, new StreamAck(path("s7"), 1));
    assertThat(get(b.acknowledgeStreams(wake.key(), acks, true)).value())
        .isEqualTo(new WakeAnswer.Done(false));
    assertThat(get(c.describeSubscription("sub", 100)).value().streams())
        .hasSize(8)
        .noneMatch(LinkedStream::hasPending);
  }

  @Test
  void streamsAreFollowedByNameWhereverTheyAre() throws InterruptedException {
    make(a, "sub", by(HOOK, "", path("s0")));
    send(a, "s1");
    List<StreamPath> more = List.of(path("s1"), path("s2"), path("s3"));
    assertThat(get(b.linkStreams("sub", more)).value()).isEqualTo(4);
    send(c, "s1");
    send(c, "s3");
    send(c, "s4");
    Set<StreamPath> seen = new HashSet<>();
    while (seen.size() < 2) {
      Wake wake = wake();
      all(wake).forEach(each -> seen.add(each.stream()));
      acknowledge(c, wake, true);
    }
    assertThat(seen).containsExactlyInAnyOrder(path("s1"), path("s3"));

    SubscriptionView view = get(c.describeSubscription("sub", 100)).value();
    assertThat(view.streams())
        .containsExactly(
            new LinkedStream(path("s0"), true, 0, 0),
            new LinkedStream(path("s1"), true, 2, 2),
            new LinkedStream(path("s2"), true, 0, 0),
            new LinkedStream(path("s3"), true, 1, 1));
    assertThat(get(b.describeSubscription("sub", 2)).value().hasMoreStreams()).isTrue();
    assertThat(get(a.unlinkStream("sub", path("s3"))).value()).isTrue();
    send(a, "s3");
    assertThat(isQuiet()).isTrue();
  }

  @Test
  void aWorkerClaimsWhatWasAppendedJustNow() {
    make(a, "sub", by(PULL, "*"));
    assertThat(get(b.claim("sub", "w1")).value()).isInstanceOf(Claimed.NothingPending.class);
    for (int i = 0; i < 6; i++) {
      send(c, "s" + i);
      Claimed claimed = get(b.claim("sub", "w1")).value();
      assertThat(claimed).isInstanceOf(Claimed.Granted.class);
      Wake wake = ((Claimed.Granted) claimed).wake();
      assertThat(wake.streams()).contains(new LinkedStream(path("s" + i), false, 0, 1));
      assertThat(get(c.claim("sub", "w2")).value())
          .isEqualTo(new Claimed.Held("w1", wake.key().generation()));
      assertThat(acknowledge(a, wake, true)).isEqualTo(new WakeAnswer.Done(false));
    }
  }

  @Test
  void aDeletedOneIsNoMoreAndItsNameIsFree() throws InterruptedException {
    make(a, "sub", by(HOOK, "*"));
    assertThat(get(b.makeSubscription("sub", by(HOOK, "a*"))))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.refusal().code()).isEqualTo(RefusalCode.ALREADY_EXISTS));
    send(a, "s1");
    wake();
    assertThat(get(c.deleteSubscription("sub")).value()).isTrue();
    assertThat(get(b.describeSubscription("sub", 10)).isOk()).isFalse();

    make(b, "sub", by(HOOK, "a*"));
    send(c, "s2");
    send(c, "a1");
    Wake wake = wake();
    assertThat(wake.streams()).containsExactly(new LinkedStream(path("a1"), false, 0, 1));
    assertThat(get(a.describeSubscription("sub", 10)).value().streams()).hasSize(1);
  }

  @Test
  void aShardThatIsServedElsewhereFromNowOnStillWakes() throws Exception {
    make(a, "sub", by(HOOK, "*"));
    int home = new Placement(ThreeNodes.SHARDS).ofSubscription("sub");
    String name = "s0";
    for (int i = 1; shardOf(name) == home; i++) {
      name = "s" + i;
    }
    for (int shard : List.of(home, shardOf(name))) {
      int other = (nodes.ownerOf(shard) + 1) % 3;
      nodes.take(shard);
      nodes.serve(shard, other);
    }

    send(a, name);

    Wake wake = wake();
    assertThat(wake.streams()).extracting(LinkedStream::path).containsExactly(path(name));
    assertThat(acknowledge(b, wake, true)).isEqualTo(new WakeAnswer.Done(false));
  }

  @Test
  void whatIsAppendedWhileNobodyHoldsTheSubscriptionWakesLater() throws Exception {
    make(a, "sub", by(HOOK, "*"));
    int home = new Placement(ThreeNodes.SHARDS).ofSubscription("sub");
    String name = "s0";
    for (int i = 1; shardOf(name) == home; i++) {
      name = "s" + i;
    }
    int owner = nodes.ownerOf(home);
    nodes.take(home);
    send(a, name);
    TimeUnit.MILLISECONDS.sleep(200);

    nodes.serve(home, (owner + 1) % 3);

    assertThat(wake().streams()).extracting(LinkedStream::path).containsExactly(path(name));
  }

  @Test
  void thereAreAsManyInAllAsAllowed() throws IOException {
    EngineConfig few =
        EngineConfig.defaults().toBuilder().subscriptions(new SubscriptionBounds(3, 4, 2)).build();
    try (ThreeNodes others = new ThreeNodes(few)) {
      for (int i = 0; i < 3; i++) {
        make(others.node(i), "sub" + i, by(HOOK, "*"));
      }
      assertThat(get(others.node(0).makeSubscription("one more", by(HOOK, "*"))))
          .isInstanceOfSatisfying(
              Outcome.Refused.class,
              refused ->
                  assertThat(refused.refusal().code())
                      .isEqualTo(RefusalCode.LITE_SUBSCRIPTION_QUOTA_EXCEEDED));
    }
  }
}
