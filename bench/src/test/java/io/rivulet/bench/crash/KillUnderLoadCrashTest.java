package io.rivulet.bench.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import apache.rocketmq.v2.Message;
import io.rivulet.bench.Admin;
import io.rivulet.bench.ServerProcess;
import io.rivulet.bench.raw.RawClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The server is killed with SIGKILL at random moments while lite topics are written and jobs are
 * produced and consumed. After each restart everything that was acknowledged holds. A failing run
 * is repeated with {@code -Drivulet.crash.seed=N}; the moments of the kills are as random as the
 * machine.
 */
final class KillUnderLoadCrashTest {
  private static final int LITE_TOPICS = 8;
  private static final int OLD_JOBS = 120;
  private static final int PATIENCE_SECONDS = 30;

  private final long seed = Long.getLong("rivulet.crash.seed", System.nanoTime());
  private final SplittableRandom random = new SplittableRandom(seed);
  private final List<LiteWriter> writers =
      IntStream.range(0, LITE_TOPICS)
          .mapToObj(number -> new LiteWriter("chat", "session-" + number))
          .toList();
  private final JobProducer jobs = new JobProducer("jobs", "job-");
  private final JobProducer oldJobs = new JobProducer("old", "old-");
  private final JobLedger ledger = new JobLedger();
  private final JobConsumer workers = new JobConsumer(ledger, random.split());
  private final List<String> oldJobsSeen = new ArrayList<>();

  @Test
  void whatWasAcknowledgedHoldsAfterAFewKills() throws IOException, InterruptedException {
    killAndCheck(3, Map.of());
  }

  @Test
  void whatWasAcknowledgedHoldsAfterAKillWithoutFsync() throws IOException, InterruptedException {
    killAndCheck(2, Map.of("RIVULET_LOG_DURABILITY", "interval"));
  }

  @Test
  @Tag("long")
  void whatWasAcknowledgedHoldsAfterFiftyKills() throws IOException, InterruptedException {
    killAndCheck(50, Map.of());
  }

  @Test
  @Tag("long")
  void whatWasAcknowledgedHoldsAfterPowerLosses() throws IOException, InterruptedException {
    assumeThat(PowerSwitch.hasDisk())
        .as("bench/faults/power-loss.sh makes the disk that this needs")
        .isTrue();
    killAndCheck(Integer.getInteger("rivulet.crash.rounds", 20), Map.of());
  }

  private void killAndCheck(int rounds, Map<String, String> settings)
      throws IOException, InterruptedException {
    System.err.println("KillUnderLoadCrashTest: seed " + seed + ", " + rounds + " kills");
    Path folder = PowerSwitch.newFolder();
    try (ServerProcess server = ServerProcess.start(folder, settings)) {
      leaveAnOldBacklog(server);
      for (int round = 0; round < rounds; round++) {
        loadAndKill(server);
        server.startAgain();
        check(server, "after kill " + (round + 1) + " of seed " + seed);
      }
      finish(server, rounds);
    }
  }

  /** Jobs of a group that then sleeps: they become an old backlog that no event announces. */
  private void leaveAnOldBacklog(ServerProcess server) {
    try (RawClient producer = RawClient.producer(server.endpoint(), "old");
        RawClient sleeper = RawClient.consumer(server.endpoint(), "sleepers", "old")) {
      for (int number = 0; number < OLD_JOBS; number++) {
        assertThat(oldJobs.produceOne(producer)).isTrue();
      }
      sleeper.heartbeat();
    }
  }

  private void loadAndKill(ServerProcess server) throws IOException, InterruptedException {
    String endpoint = server.endpoint();
    try (RawClient chat = RawClient.producer(endpoint, "chat");
        RawClient jobProducer = RawClient.producer(endpoint, "jobs");
        RawClient jobConsumer = RawClient.consumer(endpoint, "workers", "jobs")) {
      List<Thread> load = new ArrayList<>();
      for (LiteWriter writer : writers) {
        load.add(Thread.ofVirtual().start(() -> writer.writeUntilKilled(chat)));
      }
      load.add(Thread.ofVirtual().start(() -> jobs.produceUntilKilled(jobProducer)));
      load.add(Thread.ofVirtual().start(() -> workers.consumeUntilKilled(jobConsumer)));
      await(Duration.ofMillis(100 + random.nextInt(1_400)));
      PowerSwitch.off(server);
      for (Thread thread : load) {
        assertThat(thread.join(Duration.ofSeconds(PATIENCE_SECONDS)))
            .as("the load ends with the server")
            .isTrue();
      }
    }
  }

  private void check(ServerProcess server, String when) throws InterruptedException {
    try (LogReader reader = new LogReader(server.endpoint())) {
      for (LiteWriter writer : writers) {
        writer.check(reader.bodies("chat", writer.liteTopic()), when);
      }
    }
    try (RawClient consumer = RawClient.consumer(server.endpoint(), "workers", "jobs")) {
      List<Message> firm = ledger.firm();
      for (Message message : firm.subList(0, Math.min(firm.size(), 3))) {
        assertThat(workers.acknowledge(consumer, message))
            .as("the handle of %s, leased before the kill, holds %s", JobLedger.job(message), when)
            .isTrue();
      }
    }
    assertThat(ledger.violations()).as(when).isEmpty();
    takeOldJob(server, when);
  }

  /** Nothing has been sent to this topic since long ago; still each receive gets something. */
  private void takeOldJob(ServerProcess server, String when) throws InterruptedException {
    try (RawClient sleeper = RawClient.consumer(server.endpoint(), "sleepers", "old")) {
      List<Message> messages =
          sleeper.receive(2, Duration.ofMinutes(5), Duration.ofSeconds(10)).join();
      assertThat(messages).as("the old backlog %s", when).isNotEmpty();
      for (Message message : messages) {
        assertThat(oldJobsSeen).as(when).doesNotContain(JobLedger.job(message));
        oldJobsSeen.add(JobLedger.job(message));
        sleeper.acknowledge(message).join();
      }
    }
  }

  private void finish(ServerProcess server, int rounds) {
    try (RawClient chat = RawClient.producer(server.endpoint(), "chat");
        RawClient jobProducer = RawClient.producer(server.endpoint(), "jobs");
        RawClient consumer = RawClient.consumer(server.endpoint(), "workers", "jobs");
        LogReader reader = new LogReader(server.endpoint())) {
      for (LiteWriter writer : writers) {
        assertThat(writer.writeOne(chat)).isTrue();
        writer.check(reader.bodies("chat", writer.liteTopic()), "in the end");
      }
      assertThat(jobs.produceOne(jobProducer)).isTrue();
      workers.drain(consumer);
    }
    assertThat(ledger.violations()).isEmpty();
    assertNoJobWasLostOrDoubled(server);
    // A receive whose answer died with the server leaves its messages leased to nobody.
    try (Admin admin = new Admin(server.endpoint())) {
      assertThat(admin.backlog("workers"))
          .isLessThanOrEqualTo((long) rounds * JobConsumer.MAX_MESSAGES);
    }
  }

  private void assertNoJobWasLostOrDoubled(ServerProcess server) {
    List<String> all = new ArrayList<>();
    try (RawClient auditor = RawClient.consumer(server.endpoint(), "auditors", "jobs")) {
      List<Message> messages = List.of();
      do {
        messages.forEach(message -> all.add(JobLedger.job(message)));
        messages = auditor.receive(32, JobConsumer.LEASE, Duration.ofSeconds(2)).join();
      } while (!messages.isEmpty());
    }
    assertThat(all).containsExactlyInAnyOrderElementsOf(jobs.acknowledged());
    assertThat(all).containsAll(ledger.acknowledgedJobs());
  }

  private static void await(Duration time) throws InterruptedException {
    boolean isCounted = new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
    assertThat(isCounted).isFalse();
  }
}
