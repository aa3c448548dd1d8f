package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.subscription.FollowedSubscription;
import io.rivulet.engine.subscription.StreamPattern;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.Wake;
import io.rivulet.engine.subscription.WakeBy;
import io.rivulet.engine.subscription.WakeKey;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A wake that is on its way when the shard that holds it dies, and whose streams are elsewhere. */
final class WakeAcrossShardsTest {
  private static final String NAME = "sub";
  private static final int HOME = ShardNumber.ofSubscription(NAME, 2);

  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(9);
  private final ShardDriver home = open(HOME);
  private final ShardDriver other = open(1 - HOME);

  private ShardDriver open(int number) {
    ShardDriver made = new ShardDriver(EngineConfig.defaults(), random, new ShardNumber(number, 2));
    settled(made, made.shard().defineTopic(TopicDefinition.of("chat", TopicType.LITE)));
    return made;
  }

  private static <T> T settled(ShardDriver driver, CompletableFuture<T> reply) {
    driver.settle();
    return reply.join();
  }

  @BeforeEach
  void subscribe() {
    SubscriptionDefinition definition =
        new SubscriptionDefinition(
            new WakeBy.Webhook("https://worker.example/"),
            Optional.of(new StreamPattern("chat", "*")),
            List.of(),
            Duration.ofSeconds(10),
            "");
    settled(home, home.shard().makeSubscription(NAME, definition));
    FollowedSubscription held = settled(home, home.shard().heldSubscription(NAME)).value();
    assertThat(settled(other, other.shard().followSubscription(held)).value()).isTrue();
    String stream = "s";
    while (ShardNumber.ofLite("chat", stream, 2) == HOME) {
      stream += "s";
    }
    Message message = Message.builder("chat", "m", new byte[1]).liteTopic(stream).build();
    settled(other, other.shard().send(List.of(message)));
  }

  private void report() {
    var news = settled(other, other.shard().subscriptionNews()).value();
    settled(home, home.shard().hearReports(news.reports()));
  }

  private void pass(long millis) {
    for (ShardDriver each : List.of(home, other)) {
      each.pass(millis);
      each.settle();
    }
  }

  private CompletableFuture<Outcome<List<Wake>>> take() {
    CompletableFuture<Outcome<List<Wake>>> taken = home.shard().takeWakes(1);
    home.settle();
    return taken;
  }

  private static WakeKey keyOf(CompletableFuture<Outcome<List<Wake>>> taken) {
    return taken.join().value().getFirst().key();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itGoesOutAgainUnderTheSameIdWhenTheOthersAreHeard(boolean hadFailed) {
    report();
    WakeKey first = keyOf(take());
    if (hadFailed) {
      settled(home, home.shard().wakeFailed(first, Duration.ofMillis(1)));
    }
    home.crash(Integer.MAX_VALUE, Integer.MAX_VALUE, hadFailed);
    CompletableFuture<Outcome<List<Wake>>> again = take();
    assertThat(again).isNotDone();

    pass(2500);
    assertThat(again).isNotDone();
    report();

    assertThat(keyOf(again)).isEqualTo(first);
  }

  @Test
  void whatIsHeardOfTooLateIsAnotherWake() {
    report();
    WakeKey first = keyOf(take());
    home.crash(Integer.MAX_VALUE, Integer.MAX_VALUE, false);
    CompletableFuture<Outcome<List<Wake>>> again = take();

    pass(7000);
    assertThat(again).isNotDone();
    report();

    assertThat(keyOf(again).generation()).isEqualTo(first.generation() + 1);
  }
}
