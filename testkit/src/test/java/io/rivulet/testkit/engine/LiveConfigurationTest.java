package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.scheduling.Backpressure;
import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.PriorityRule;
import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.topic.TopicAttributes;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Groups and topics that are changed while the engine runs. */
final class LiveConfigurationTest {
  private static final Scheduling LIMITED =
      new Scheduling(
          new Limits(Optional.of(Rate.of(50)), Optional.of(new Rate(20_000, 5000)), 10),
          4,
          new PriorityRule.Weighted(Map.of(9, 8, 0, 1)),
          Optional.of(new Fairness("tenant", Map.of("gold", 4), Limits.NONE)),
          true);
  private static final Backpressure FULL =
      new Backpressure(10_000, 500, Optional.of(Duration.ofMinutes(5)), Duration.ofSeconds(2));
  private static final int ALL = Integer.MAX_VALUE;

  private final ShardDriver driver = new ShardDriver(EngineConfig.defaults(), new Random(1));

  private <T> T get(CompletableFuture<Outcome<T>> answer) {
    driver.settle();
    return answer.join().value();
  }

  private GroupDefinition define(GroupDefinition group) {
    return get(driver.shard().defineGroup(group));
  }

  private GroupDefinition group() {
    return driver.shard().group("g").orElseThrow();
  }

  @Test
  void howAGroupIsServedChangesAtRunTimeAndSurvivesARestart() {
    define(GroupDefinition.standard("g"));

    define(group().with(LIMITED));

    assertThat(group().scheduling()).isEqualTo(LIMITED);
    driver.crash(ALL, 0, false);
    assertThat(group().scheduling()).isEqualTo(LIMITED);
    driver.crash(ALL, 0, true);
    assertThat(group().scheduling()).isEqualTo(LIMITED);
  }

  @Test
  void aLimitThatIsRemovedStaysRemovedAfterARestart() {
    define(GroupDefinition.standard("g").with(LIMITED));

    define(group().with(Scheduling.PLAIN));
    driver.crash(ALL, 0, true);

    assertThat(group().scheduling()).isEqualTo(Scheduling.PLAIN);
  }

  @Test
  void whatIsAskedForAgainCausesNoRecord() {
    define(GroupDefinition.standard("g").with(LIMITED));
    long end = driver.log().end();

    define(GroupDefinition.standard("g").with(LIMITED));

    assertThat(driver.log().end()).isEqualTo(end);
  }

  @Test
  void whenATopicIsFullChangesAtRunTimeAndSurvivesARestart() {
    TopicDefinition plain = TopicDefinition.of("t", TopicType.NORMAL);
    get(driver.shard().defineTopic(plain));

    get(driver.shard().defineTopic(plain.with(FULL)));

    assertThat(driver.shard().topic("t").orElseThrow().backpressure()).isEqualTo(FULL);
    driver.crash(ALL, 0, true);
    assertThat(driver.shard().topic("t").orElseThrow().backpressure()).isEqualTo(FULL);
  }

  @Test
  void whatReadersAreToldOfATopicChangesAtRunTimeAndSurvivesARestart() {
    TopicDefinition plain = TopicDefinition.of("t", TopicType.LITE);
    get(driver.shard().defineTopic(plain));
    TopicAttributes attributes =
        new TopicAttributes(
            Optional.of("application/json"), Optional.of(List.of("https://chat.example")));

    get(driver.shard().defineTopic(plain.with(attributes)));

    assertThat(driver.shard().topic("t").orElseThrow().attributes()).isEqualTo(attributes);
    driver.crash(ALL, 0, false);
    assertThat(driver.shard().topic("t").orElseThrow().attributes()).isEqualTo(attributes);
    driver.crash(ALL, 0, true);
    assertThat(driver.shard().topic("t").orElseThrow().attributes()).isEqualTo(attributes);
  }

  @Test
  void onlyALiteTopicHasAContentType() {
    TopicDefinition jobs =
        TopicDefinition.of("jobs", TopicType.NORMAL)
            .with(new TopicAttributes(Optional.of("application/json"), Optional.empty()));

    CompletableFuture<Outcome<TopicDefinition>> answer = driver.shard().defineTopic(jobs);
    driver.settle();

    assertThat(answer.join())
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused ->
                assertThat(refused.refusal().message())
                    .startsWith("a topic of type NORMAL has no content type"));
  }
}
