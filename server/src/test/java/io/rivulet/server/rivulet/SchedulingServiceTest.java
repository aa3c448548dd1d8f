package io.rivulet.server.rivulet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import io.rivulet.api.v1.AgingPriorities;
import io.rivulet.api.v1.Backpressure;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.Fairness;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.Limits;
import io.rivulet.api.v1.Rate;
import io.rivulet.api.v1.Scheduling;
import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.api.v1.TopicType;
import io.rivulet.api.v1.WeightedPriorities;
import io.rivulet.client.BatchingProducer;
import io.rivulet.client.ConsumerSettings;
import io.rivulet.client.GroupConsumer;
import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.ProducerSettings;
import io.rivulet.client.RivuletException;
import org.junit.jupiter.api.Test;

/** Scheduling and backpressure through the client, against a started server. */
class SchedulingServiceTest extends StartedServer {
  private static final Scheduling FULL =
      Scheduling.newBuilder()
          .setLimits(
              Limits.newBuilder()
                  .setMessages(Rate.newBuilder().setPerSecond(0.5).setBurst(7))
                  .setCost(Rate.newBuilder().setPerSecond(20_000))
                  .setConcurrency(30))
          .setClientConcurrency(4)
          .setWeighted(WeightedPriorities.newBuilder().putWeights(9, 8).putWeights(0, 1))
          .setFairness(
              Fairness.newBuilder()
                  .setProperty("tenant")
                  .putWeights("gold", 4)
                  .setPerKey(Limits.newBuilder().setConcurrency(2)))
          .setAdaptive(true)
          .build();

  private GroupDefinition define(GroupDefinition.Builder group) {
    return client.admin().defineGroup(group.build(), DefineMode.DEFINE_MODE_UNSPECIFIED);
  }

  private static GroupDefinition.Builder vip() {
    return GroupDefinition.newBuilder().setName("vip");
  }

  @Test
  void aGroupSaysHowItIsServedAlsoAfterARestart() throws Exception {
    define(vip());
    assertThat(define(vip().setScheduling(FULL)).getScheduling()).isEqualTo(FULL);

    stop();
    start();

    assertThat(client.admin().group("vip").getDefinition().getScheduling()).isEqualTo(FULL);
  }

  @Test
  void whatIsAbsentStaysAndAnEmptyOneRemovesAllLimits() {
    define(vip().setScheduling(FULL));

    assertThat(define(vip().setMaxAttempts(3)).getScheduling()).isEqualTo(FULL);
    assertThat(define(vip().setScheduling(Scheduling.getDefaultInstance())).hasScheduling())
        .isFalse();
  }

  @Test
  void whatIsOutOfRangeIsRefusedWithASentence() {
    Rate slow = Rate.newBuilder().setPerSecond(-1).build();
    Rate small = Rate.newBuilder().setPerSecond(1000).setBurst(1).build();
    Scheduling standing =
        Scheduling.newBuilder().setAging(AgingPriorities.getDefaultInstance()).build();
    Scheduling weightless =
        Scheduling.newBuilder()
            .setWeighted(WeightedPriorities.newBuilder().putWeights(1, 0))
            .build();
    Scheduling nameless = Scheduling.newBuilder().setFairness(Fairness.newBuilder()).build();

    assertRefused(messages(slow), "limits.messages: a rate is more than 0");
    assertRefused(messages(small), "the burst of a rate of 1000.0 a second is 10 to");
    assertRefused(standing, "at least 1 ms");
    assertRefused(weightless, "the weight of priority '1' is 1 to 1000000, not 0");
    assertRefused(nameless, "the property with the fairness key has 1 to 255 characters");
  }

  private static Scheduling messages(Rate rate) {
    return Scheduling.newBuilder().setLimits(Limits.newBuilder().setMessages(rate)).build();
  }

  private void assertRefused(Scheduling scheduling, String why) {
    assertThatThrownBy(() -> define(vip().setScheduling(scheduling)))
        .isInstanceOf(RivuletException.class)
        .hasMessageContaining(why);
  }

  @Test
  void aRefusalOfAFullTopicSaysWhenToComeAgain() throws Exception {
    client
        .admin()
        .defineTopic(
            TopicDefinition.newBuilder()
                .setName("jobs")
                .setType(TopicType.TOPIC_TYPE_NORMAL)
                .setBackpressure(Backpressure.newBuilder().setMaxBacklog(1))
                .build(),
            DefineMode.DEFINE_MODE_CREATE);
    try (GroupConsumer consumer = client.consumer(ConsumerSettings.of("slow", "jobs"));
        BatchingProducer producer = client.producer("jobs", ProducerSettings.usual())) {
      assertThat(producer.send(OutgoingMessage.of("one")).join().offset()).isZero();
      assertThat(consumer.receive(1, java.time.Duration.ofSeconds(10))).hasSize(1);

      assertThatThrownBy(() -> producer.send(OutgoingMessage.of("two")).join())
          .cause()
          .isInstanceOfSatisfying(
              RivuletException.class,
              refused -> {
                assertThat(refused.isTransient()).isTrue();
                assertThat(refused.retryAfter()).isPresent();
              });
    }
  }

  @Test
  void aTopicSaysWhenItIsFull() {
    Backpressure full =
        Backpressure.newBuilder()
            .setMaxBacklog(10_000)
            .setMaxKeyBacklog(500)
            .setMaxAge(Duration.newBuilder().setSeconds(300))
            .setHold(Duration.newBuilder().setSeconds(2))
            .build();
    TopicDefinition.Builder jobs =
        TopicDefinition.newBuilder().setName("jobs").setType(TopicType.TOPIC_TYPE_NORMAL);

    client.admin().defineTopic(jobs.build(), DefineMode.DEFINE_MODE_CREATE);
    client
        .admin()
        .defineTopic(jobs.clone().setBackpressure(full).build(), DefineMode.DEFINE_MODE_UPDATE);
    TopicDefinition kept =
        client.admin().defineTopic(jobs.build(), DefineMode.DEFINE_MODE_UNSPECIFIED);

    assertThat(kept.getBackpressure()).isEqualTo(full);
    assertThatThrownBy(() ->
            client
                .admin()
                .defineTopic(
                    jobs.setBackpressure(
                            Backpressure.newBuilder().setHold(Duration.newBuilder().setSeconds(61)))
                        .build(),
                    DefineMode.DEFINE_MODE_UPDATE))
        .hasMessageContaining("a send is held for 0 s to 60 s");
  }
}
