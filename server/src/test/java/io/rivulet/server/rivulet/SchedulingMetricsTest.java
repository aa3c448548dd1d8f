package io.rivulet.server.rivulet;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.Limits;
import io.rivulet.api.v1.Scheduling;
import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.api.v1.TopicType;
import io.rivulet.client.BatchingProducer;
import io.rivulet.client.ConsumerSettings;
import io.rivulet.client.Delivery;
import io.rivulet.client.GroupConsumer;
import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.ProducerSettings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What a scraper of a started server sees of groups and their gates. */
class SchedulingMetricsTest extends StartedServer {
  private void define() {
    client
        .admin()
        .defineTopic(
            TopicDefinition.newBuilder()
                .setName("jobs")
                .setType(TopicType.TOPIC_TYPE_NORMAL)
                .build(),
            DefineMode.DEFINE_MODE_CREATE);
    client
        .admin()
        .defineGroup(
            GroupDefinition.newBuilder()
                .setName("workers")
                .setScheduling(
                    Scheduling.newBuilder().setLimits(Limits.newBuilder().setConcurrency(1)))
                .build(),
            DefineMode.DEFINE_MODE_CREATE);
  }

  private static void send(BatchingProducer producer, int count) {
    for (int i = 0; i < count; i++) {
      producer.send(OutgoingMessage.of("job")).join();
    }
  }

  private String scrape() throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.httpPort() + "/metrics");
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    }
  }

  private void awaitMetrics(String... lines) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(scrape().lines()).contains(lines));
  }

  @Test
  void aGroupAtItsConcurrencyIsSeenToBeHeldBackUntilItAcknowledges() throws Exception {
    define();
    try (GroupConsumer consumer = client.consumer(ConsumerSettings.of("workers", "jobs"));
        BatchingProducer producer = client.producer("jobs", ProducerSettings.usual())) {
      List<Delivery> first = receive(consumer, producer);
      CompletableFuture<List<Delivery>> second =
          CompletableFuture.supplyAsync(() -> receive(consumer), Thread::startVirtualThread);

      awaitMetrics(
          "rivulet_groups_held_back{gate=\"concurrency\"} 1.0",
          "rivulet_polls_held 1.0",
          "rivulet_group_held_back{gate=\"concurrency\",group=\"workers\"} 1.0",
          "rivulet_group_held_back{gate=\"message-rate\",group=\"workers\"} 0.0",
          "rivulet_group_waiting{group=\"workers\"} 2.0",
          "rivulet_group_leased{group=\"workers\"} 1.0",
          "rivulet_group_served_total{group=\"workers\"} 1.0");

      assertThat(consumer.acknowledge(first)).isEmpty();

      assertThat(second.join()).hasSize(1);
      awaitMetrics(
          "rivulet_groups_held_back{gate=\"concurrency\"} 0.0",
          "rivulet_polls_held 0.0",
          "rivulet_group_waiting{group=\"workers\"} 1.0",
          "rivulet_group_served_total{group=\"workers\"} 2.0");
    }
  }

  @Test
  void whereNoGroupMayBeNamedAllAreAddedUp() throws Exception {
    stop();
    settings = Map.of("engine.measured-groups", "0");
    start();
    define();
    try (GroupConsumer consumer = client.consumer(ConsumerSettings.of("workers", "jobs"));
        BatchingProducer producer = client.producer("jobs", ProducerSettings.usual())) {
      assertThat(receive(consumer, producer)).hasSize(1);

      awaitMetrics("rivulet_group_served_total{group=\"_other\"} 1.0");
      assertThat(scrape()).doesNotContain("workers");
    }
  }

  /** The first of three messages: the group follows from the beginning. */
  private static List<Delivery> receive(GroupConsumer consumer, BatchingProducer producer) {
    send(producer, 3);
    return receive(consumer);
  }

  private static List<Delivery> receive(GroupConsumer consumer) {
    return consumer.receive(1, Duration.ofSeconds(20));
  }
}
