package io.rivulet.bench.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import apache.rocketmq.v2.Message;
import io.rivulet.bench.ServerProcess;
import io.rivulet.bench.raw.RawClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Three nodes, of which one is killed, paused or stopped while lite topics are written and jobs are
 * produced and consumed at the others: nothing that was acknowledged is lost, out of order, there
 * twice or delivered again.
 */
@Isolated("three nodes need both processors of a small machine")
final class ClusterCrashTest {
  private static final int LITE_TOPICS = 12;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir private Path folder;
  private final SplittableRandom random = new SplittableRandom(7);
  private final List<LiteWriter> writers =
      IntStream.range(0, LITE_TOPICS)
          .mapToObj(number -> new LiteWriter("chat", "session-" + number))
          .toList();
  private final JobProducer jobs = new JobProducer("jobs", "job-");
  private final JobLedger ledger = new JobLedger();
  private final JobConsumer workers = new JobConsumer(ledger, random.split());

  @SuppressWarnings("NullAway.Init")
  ClusterCrashTest() {}

  @Test
  void whatWasAcknowledgedHoldsWhateverHappensToOneNode() throws IOException, InterruptedException {
    try (ThreeNodeCluster cluster = new ThreeNodeCluster(folder)) {
      ServerProcess killed = cluster.node(2);
      load(
          cluster.others(2),
          () -> {
            killed.kill();
            awaitProgress();
          });
      check(cluster.others(2), "after one node was killed");
      killed.startAgain();

      ServerProcess paused = cluster.node(1);
      load(
          cluster.others(1),
          () -> {
            paused.pause();
            awaitProgress();
            paused.goOn();
            awaitProgress();
          });
      check(List.of(cluster.node(0), cluster.node(1), cluster.node(2)), "after a pause");

      ServerProcess stopped = cluster.node(0);
      load(
          cluster.others(0),
          () -> {
            stopped.stop();
            awaitProgress();
            stopped.startAgain();
            awaitProgress();
          });
      check(List.of(cluster.node(0), cluster.node(1), cluster.node(2)), "after a restart");
      finish(cluster.node(0));
    }
  }

  /** Everything under load goes on: each lite topic, and jobs. */
  private void awaitProgress() {
    List<Integer> before = writers.stream().map(LiteWriter::acknowledged).toList();
    int jobsBefore = jobs.acknowledgedCount();
    await("all lite topics and jobs are written again")
        .atMost(PATIENCE)
        .until(() ->
            jobs.acknowledgedCount() > jobsBefore
                && IntStream.range(0, LITE_TOPICS)
                    .allMatch(i -> writers.get(i).acknowledged() > before.get(i)));
  }

  private void load(List<ServerProcess> nodes, Runnable whatHappens) throws InterruptedException {
    AtomicBoolean isOver = new AtomicBoolean();
    String first = nodes.getFirst().endpoint();
    String last = nodes.getLast().endpoint();
    try (RawClient oneChat = RawClient.producer(first, "chat");
        RawClient otherChat = RawClient.producer(last, "chat");
        RawClient producer = RawClient.producer(first, "jobs");
        RawClient consumer = RawClient.consumer(last, "workers", "jobs")) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < LITE_TOPICS; i++) {
        LiteWriter writer = writers.get(i);
        RawClient chat = i % 2 == 0 ? oneChat : otherChat;
        threads.add(start(isOver, () -> writer.writeOne(chat)));
      }
      threads.add(start(isOver, () -> jobs.produceOne(producer)));
      threads.add(start(isOver, () -> workers.consumeSome(consumer, Duration.ofSeconds(1))));
      awaitProgress();
      whatHappens.run();
      isOver.set(true);
      for (Thread thread : threads) {
        assertThat(thread.join(PATIENCE)).as("the load ends").isTrue();
      }
    }
  }

  private static Thread start(AtomicBoolean isOver, Runnable step) {
    return Thread.ofVirtual()
        .start(() -> {
          while (!isOver.get()) {
            step.run();
          }
        });
  }

  private void check(List<ServerProcess> nodes, String when) {
    for (ServerProcess node : nodes) {
      try (LogReader reader = new LogReader(node.endpoint())) {
        for (LiteWriter writer : writers) {
          writer.check(reader.bodies("chat", writer.liteTopic()), when);
        }
      }
    }
    assertThat(ledger.violations()).as(when).isEmpty();
  }

  private void finish(ServerProcess node) {
    try (RawClient producer = RawClient.producer(node.endpoint(), "jobs");
        RawClient consumer = RawClient.consumer(node.endpoint(), "workers", "jobs")) {
      assertThat(jobs.produceOne(producer)).isTrue();
      workers.drain(consumer);
    }
    assertThat(ledger.violations()).isEmpty();
    List<String> all = new ArrayList<>();
    try (RawClient auditor = RawClient.consumer(node.endpoint(), "auditors", "jobs")) {
      List<Message> messages = List.of();
      do {
        messages.forEach(message -> all.add(JobLedger.job(message)));
        messages = auditor.receive(32, JobConsumer.LEASE, Duration.ofSeconds(2)).join();
      } while (!messages.isEmpty());
    }
    assertThat(all).doesNotHaveDuplicates().containsAll(jobs.acknowledged());
    assertThat(all).containsAll(ledger.acknowledgedJobs());
  }
}
