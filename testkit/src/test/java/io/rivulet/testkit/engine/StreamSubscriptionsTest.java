package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.subscription.Claimed;
import io.rivulet.engine.subscription.LinkedStream;
import io.rivulet.engine.subscription.StreamAck;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.StreamPattern;
import io.rivulet.engine.subscription.SubscriptionBounds;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.SubscriptionMade;
import io.rivulet.engine.subscription.SubscriptionView;
import io.rivulet.engine.subscription.Wake;
import io.rivulet.engine.subscription.WakeAnswer;
import io.rivulet.engine.subscription.WakeBy;
import io.rivulet.engine.subscription.WakeKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Subscriptions to streams, under a simulated clock and with crashes. */
final class StreamSubscriptionsTest {
  private static final Duration LEASE = Duration.ofSeconds(10);
  private static final WakeBy HOOK = new WakeBy.Webhook("https://worker.example/hook");

  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
  private final ShardDriver driver =
      new ShardDriver(
          EngineConfig.defaults().toBuilder()
              .subscriptions(new SubscriptionBounds(3, 4, 2))
              .readyWindow(3)
              .build(),
          random);
  private int ids;

  // ---- making

  @Test
  void theSameIsMadeOnceAndAnotherOneOfThatNameIsRefused() {
    assertThat(make("sub", HOOK, "*").value().isNew()).isTrue();
    assertThat(make("sub", HOOK, "*").value().isNew()).isFalse();

    assertThat(codeOf(make("sub", HOOK, "a-*"))).isEqualTo(RefusalCode.ALREADY_EXISTS);
  }

  @Test
  void thereAreAsManyAsAllowed() {
    for (int i = 0; i < 3; i++) {
      make("sub" + i, HOOK, "*");
    }

    assertThat(codeOf(make("one more", HOOK, "*")))
        .isEqualTo(RefusalCode.LITE_SUBSCRIPTION_QUOTA_EXCEEDED);
    await(driver.shard().deleteSubscription("sub0"));
    assertThat(make("one more", HOOK, "*").isOk()).isTrue();
  }

  @Test
  void aWakeStreamMustNotWakeItself() {
    assertThat(codeOf(make("sub", new WakeBy.PullWake(path("pool")), "*")))
        .isEqualTo(RefusalCode.ILLEGAL_ARGUMENT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "*", "a*", "**", "*a", "**/a", "**/**"})
  void theseMeanIt(String glob) {
    assertThat(new StreamPattern("chat", glob).matches("a")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"b", "*b", "*/*", "**/b", "a/**/b"})
  void theseDoNot(String glob) {
    assertThat(new StreamPattern("chat", glob).matches("a")).isFalse();
  }

  @Test
  void starsStayInTheirSegment() {
    assertThat(new StreamPattern("chat", "a/*").matches("a/b/c")).isFalse();
    assertThat(new StreamPattern("chat", "a/**").matches("a/b/c")).isTrue();
    assertThat(new StreamPattern("chat", "a/**").matches("a")).isTrue();
    assertThat(new StreamPattern("chat", "*/b/*x*y").matches("a/b/1x2x3y")).isTrue();
  }

  // ---- waking

  @Test
  void whatWasThereBeforeWakesNobodyAndWhatComesDoes() {
    send("old");
    make("sub", HOOK, "*");
    CompletableFuture<Outcome<List<Wake>>> waiting = driver.shard().takeWakes(10);
    driver.settle();
    assertThat(waiting).isNotDone();

    send("old");

    Wake wake = await(waiting).value().getFirst();
    assertThat(wake.key().generation()).isEqualTo(1);
    assertThat(wake.streams()).containsExactly(new LinkedStream(path("old"), false, 1, 2));
  }

  @Test
  void anotherTopicAndAnotherNameWakeNobody() {
    make("sub", HOOK, "a-*");
    send("b-1");
    await(driver.shard().send("w", List.of(message("other", "a-1"))));

    assertThat(wakes()).isEmpty();
  }

  @Test
  void aWakeThatIsDoneIsFollowedByAnotherOnlyIfSomethingCame() {
    make("sub", HOOK, "*");
    send("s");
    Wake wake = wakes().getFirst();
    send("s");

    assertThat(acknowledge(wake, true)).isEqualTo(new WakeAnswer.Done(true));

    Wake next = wakes().getFirst();
    assertThat(next.streams()).containsExactly(new LinkedStream(path("s"), false, 1, 2));
    assertThat(next.key().generation()).isEqualTo(2);
    assertThat(acknowledge(wake, true)).isEqualTo(new WakeAnswer.Fenced(2));
    assertThat(acknowledge(next, true)).isEqualTo(new WakeAnswer.Done(false));
    assertThat(wakes()).isEmpty();
  }

  @Test
  void aWakeNamesAFewStreamsAndTheNextOnesTheOthers() {
    make("sub", HOOK, "*");
    for (int i = 0; i < 7; i++) {
      send("s" + i);
    }
    List<StreamPath> seen = new ArrayList<>();

    for (List<Wake> found = wakes(); !found.isEmpty(); found = wakes()) {
      assertThat(found.getFirst().streams()).hasSizeBetween(1, 2);
      found.getFirst().streams().forEach(each -> seen.add(each.path()));
      acknowledge(found.getFirst(), true);
    }

    assertThat(seen).hasSize(7).doesNotHaveDuplicates();
  }

  @Test
  void theEndOfALeaseLetsAnotherBeWokenAndFencesTheFirst() {
    make("sub", HOOK, "*");
    send("s");
    Wake wake = wakes().getFirst();
    await(driver.shard().wakeDelivered(wake.key()));

    driver.pass(LEASE.toMillis() - 1);
    assertThat(wakes()).isEmpty();
    assertThat(await(driver.shard().acknowledgeStreams(wake.key(), List.of(), false)).value())
        .isEqualTo(new WakeAnswer.Done(false)); // a sign of life
    driver.pass(LEASE.toMillis() - 1);
    assertThat(wakes()).isEmpty();
    driver.pass(1);

    Wake next = wakes().getFirst();
    assertThat(next.key().generation()).isEqualTo(2);
    assertThat(next.key().wakeId()).isNotEqualTo(wake.key().wakeId());
    assertThat(acknowledge(wake, true)).isEqualTo(new WakeAnswer.Fenced(2));
  }

  @Test
  void whatCouldNotBeDeliveredIsSentAgainAtItsTimeAlsoAfterACrash() {
    make("sub", HOOK, "*");
    send("s");
    Wake wake = wakes().getFirst();
    await(driver.shard().wakeFailed(wake.key(), Duration.ofSeconds(5)));
    assertThat(describe().isFailing()).isTrue();
    driver.crash(Integer.MAX_VALUE, 0, random.nextBoolean());

    driver.pass(4_999);
    assertThat(wakes()).isEmpty();
    driver.pass(1);

    Wake again = wakes().getFirst();
    assertThat(again.key()).isEqualTo(wake.key());
    assertThat(again.failures()).isEqualTo(1);
  }

  @Test
  void aWakeOfWhichNothingWasHeardIsSentAgainAfterACrash() {
    make("sub", HOOK, "*");
    send("s");
    Wake wake = wakes().getFirst();

    driver.crash(Integer.MAX_VALUE, 0, true);

    assertThat(wakes()).extracting(Wake::key).containsExactly(wake.key());
    assertThat(acknowledge(wake, true)).isEqualTo(new WakeAnswer.Done(false));
  }

  @Test
  void aLeaseAndWhatIsDoneSurviveACrash() {
    make("sub", HOOK, "*");
    send("s");
    Wake first = wakes().getFirst();
    acknowledge(first, true);
    send("s");
    Wake wake = wakes().getFirst();
    await(driver.shard().wakeDelivered(wake.key()));

    driver.crash(Integer.MAX_VALUE, 0, true);

    assertThat(wakes()).isEmpty();
    assertThat(describe().streams()).containsExactly(new LinkedStream(path("s"), false, 1, 2));
    assertThat(acknowledge(first, true)).isEqualTo(new WakeAnswer.Fenced(2));
    assertThat(acknowledge(wake, true)).isEqualTo(new WakeAnswer.Done(false));
  }

  // ---- streams

  @Test
  void streamsAreFollowedByNameAlsoBeforeTheyAre() {
    make("sub", new SubscriptionDefinition(HOOK, Optional.empty(), List.of(path("a")), LEASE, ""));
    await(driver.shard().linkStreams("sub", List.of(path("b")))).value();
    send("a");
    send("b");
    send("c");

    assertThat(wakes().getFirst().streams())
        .containsExactly(
            new LinkedStream(path("a"), true, 0, 1), new LinkedStream(path("b"), true, 0, 1));
    await(driver.shard().unlinkStream("sub", path("b"))).value();
    driver.crash(Integer.MAX_VALUE, 0, true);
    assertThat(describe().streams()).containsExactly(new LinkedStream(path("a"), true, 0, 1));
  }

  @Test
  void aStreamThatIsNoLongerNamedIsStillMeant() {
    make("sub", HOOK, "*");
    await(driver.shard().linkStreams("sub", List.of(path("a")))).value();
    send("a");
    await(driver.shard().unlinkStream("sub", path("a"))).value();

    assertThat(wakes().getFirst().streams())
        .containsExactly(new LinkedStream(path("a"), false, 0, 1));
  }

  @Test
  void noMoreStreamsAreNamedThanAllowed() {
    make("sub", HOOK, "*");

    assertThat(
            codeOf(
                await(
                    driver
                        .shard()
                        .linkStreams(
                            "sub",
                            List.of(path("a"), path("b"), path("c"), path("d"), path("e"))))))
        .isEqualTo(RefusalCode.LITE_SUBSCRIPTION_QUOTA_EXCEEDED);
  }

  @Test
  void aStreamThatIsDeletedWakesNobodyAndBeginsAnew() {
    make("sub", HOOK, "*");
    send("s");
    await(driver.shard().deleteStream("chat", "s")).value();
    assertThat(wakes()).isEmpty();
    assertThat(describe().streams()).isEmpty();

    send("s");

    assertThat(wakes().getFirst().streams())
        .containsExactly(new LinkedStream(path("s"), false, 0, 1));
  }

  @Test
  void whatIsAcknowledgedMustBeThere() {
    make("sub", HOOK, "a*");
    send("a");
    Wake wake = wakes().getFirst();
    StreamAck beyond = new StreamAck(path("a"), 2);

    assertThat(answer(wake, beyond)).isEqualTo(new WakeAnswer.BeyondEnd(beyond, 1));
    assertThat(answer(wake, new StreamAck(path("b"), 0)))
        .isEqualTo(new WakeAnswer.NotLinked(path("b")));
    assertThat(describe().streams().getFirst().ackedOffset()).isZero();
  }

  @Test
  void whoeverWorksForADeletedSubscriptionIsRefused() {
    make("sub", HOOK, "*");
    send("s");
    Wake wake = wakes().getFirst();

    assertThat(await(driver.shard().deleteSubscription("sub")).value()).isTrue();

    assertThat(codeOf(await(driver.shard().acknowledgeStreams(wake.key(), List.of(), true))))
        .isEqualTo(RefusalCode.SUBSCRIPTION_NOT_FOUND);
    make("sub", HOOK, "*");
    assertThat(acknowledge(wake, true)).isInstanceOf(WakeAnswer.Fenced.class);
    assertThat(describe().streams()).isEmpty();
    driver.crash(Integer.MAX_VALUE, 0, true);
    assertThat(wakes()).isEmpty();
  }

  // ---- claiming

  @Test
  void oneWorkerHasItAtATime() {
    make("sub", new WakeBy.PullWake(new StreamPath("wake", "pool")), "*");
    assertThat(claim("w1")).isEqualTo(new Claimed.NothingPending());
    send("s");
    Wake wake = wakes().getFirst();
    await(driver.shard().wakeDelivered(wake.key()));
    driver.pass(LEASE.toMillis() * 10); // an offer has no end
    assertThat(wakes()).isEmpty();

    assertThat(claim("w1"))
        .isInstanceOfSatisfying(
            Claimed.Granted.class,
            granted -> assertThat(granted.wake().key()).isEqualTo(wake.key()));
    assertThat(claim("w2")).isEqualTo(new Claimed.Held("w1", 1));
    driver.pass(LEASE.toMillis());
    assertThat(claim("w2"))
        .isInstanceOfSatisfying(
            Claimed.Granted.class,
            granted -> assertThat(granted.wake().key().generation()).isEqualTo(2));
    assertThat(acknowledge(wake, true)).isEqualTo(new WakeAnswer.Fenced(2));
  }

  @Test
  void whoGivesItBackLetsOthersBeWoken() {
    make("sub", new WakeBy.PullWake(new StreamPath("wake", "pool")), "*");
    send("s");
    Claimed claimed = claim("w1");
    WakeKey key = ((Claimed.Granted) claimed).wake().key();

    assertThat(await(driver.shard().acknowledgeStreams(key, List.of(), true)).value())
        .isEqualTo(new WakeAnswer.Done(true));

    assertThat(wakes()).extracting(each -> each.key().generation()).containsExactly(2L);
  }

  // ---- crashes

  /** Whatever dies when: what was answered holds, and everything appended is named at last. */
  @Test
  void nothingAppendedIsForgottenAndNothingDoneComesBack() {
    for (long seed = 1; seed <= 30; seed++) {
      new SubscriptionWorld(seed).run(120);
    }
  }

  // ---- words

  private <T> T await(CompletableFuture<T> future) {
    driver.settle();
    assertThat(future).isDone();
    return future.join();
  }

  private static RefusalCode codeOf(Outcome<?> outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    return ((Outcome.Refused<?>) outcome).refusal().code();
  }

  private static StreamPath path(String liteTopic) {
    return new StreamPath("chat", liteTopic);
  }

  private Message message(String topic, String liteTopic) {
    return Message.builder(topic, "m" + ++ids, "x".getBytes(StandardCharsets.UTF_8))
        .liteTopic(liteTopic)
        .build();
  }

  private void send(String liteTopic) {
    await(driver.shard().send("w", List.of(message("chat", liteTopic)))).forEach(Outcome::value);
  }

  private Outcome<SubscriptionMade> make(String name, WakeBy wakeBy, String glob) {
    return make(
        name,
        new SubscriptionDefinition(
            wakeBy, Optional.of(new StreamPattern("chat", glob)), List.of(), LEASE, ""));
  }

  private Outcome<SubscriptionMade> make(String name, SubscriptionDefinition definition) {
    return await(driver.shard().makeSubscription(name, definition));
  }

  private SubscriptionView describe() {
    return await(driver.shard().describeSubscription("sub", 100)).value();
  }

  /** Those that are handed out now. */
  private List<Wake> wakes() {
    CompletableFuture<Outcome<List<Wake>>> taken = driver.shard().takeWakes(10);
    driver.settle();
    if (!taken.isDone()) {
      taken.cancel(false);
      return List.of();
    }
    return taken.join().value();
  }

  private WakeAnswer acknowledge(Wake wake, boolean isDone) {
    List<StreamAck> acks = new ArrayList<>();
    wake.streams().forEach(each -> acks.add(new StreamAck(each.path(), each.tailOffset())));
    return await(driver.shard().acknowledgeStreams(wake.key(), acks, isDone)).value();
  }

  private WakeAnswer answer(Wake wake, StreamAck ack) {
    return await(driver.shard().acknowledgeStreams(wake.key(), List.of(ack), true)).value();
  }

  private Claimed claim(String worker) {
    return await(driver.shard().claim("sub", worker)).value();
  }
}
