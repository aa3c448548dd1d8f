package io.rivulet.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import apache.rocketmq.v2.Message;
import io.rivulet.api.v1.TopicType;
import io.rivulet.bench.Admin;
import io.rivulet.bench.ServerProcess;
import io.rivulet.bench.crash.JobConsumer;
import io.rivulet.bench.crash.JobLedger;
import io.rivulet.bench.crash.JobProducer;
import io.rivulet.bench.crash.LiteWriter;
import io.rivulet.bench.crash.LogReader;
import io.rivulet.bench.raw.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Owned by the test's thread; what it starts has threads of its own. Everything that users do, at
 * all nodes and by all protocols at once, and what must hold of it whatever happens meanwhile:
 * nothing that was acknowledged is lost, out of order, there twice or delivered again; no offset is
 * used for two messages; nobody is given what was never sent.
 */
final class Workload implements AutoCloseable {
  private static final String CHAT = "chat";
  private static final int LITE_TOPICS = 12;
  private static final int PAGES = 2;
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration PACE = Duration.ofMillis(100);

  private final Access writing;
  private final Access reading;
  private final Findings findings = new Findings();
  private final List<LiteWriter> writers =
      IntStream.range(0, LITE_TOPICS)
          .mapToObj(number -> new LiteWriter(CHAT, "session-" + number, ANSWER))
          .toList();
  private final JobProducer jobs = new JobProducer("jobs", "job-", ANSWER);
  private final JobLedger ledger = new JobLedger();
  private final JobConsumer workers;
  private final List<HttpAppender> pages;
  private final List<HttpFollower> followers = new ArrayList<>();
  private final Forker forker;
  private final PoolWorker pool;
  private final OfficialTraffic official;
  private final List<Thread> threads = new ArrayList<>();

  Workload(List<ServerProcess> nodes, SplittableRandom random) {
    writing = new Access(nodes);
    reading = new Access(nodes);
    workers = new JobConsumer(ledger, random.split(), ANSWER);
    pages =
        IntStream.range(0, PAGES)
            .mapToObj(number -> new HttpAppender(writing, findings, "page" + number))
            .toList();
    HttpAppender forked = pages.getFirst();
    forker =
        new Forker(
            writing,
            findings,
            forked.name(),
            forked::acknowledged,
            number -> new Body(forked.name(), number).text());
    pool =
        new PoolWorker(
            writing,
            findings,
            pages.stream().map(page -> HttpAppender.TOPIC + "/" + page.name()).toList());
    official = new OfficialTraffic(writing, reading, findings);
  }

  void start() throws IOException {
    List<String> liteTopics = writers.stream().map(LiteWriter::liteTopic).toList();
    try (Admin admin = new Admin(writing.nodes().getFirst().endpoint())) {
      admin.defineTopic(CHAT, TopicType.TOPIC_TYPE_LITE);
      admin.defineTopic(HttpAppender.TOPIC, TopicType.TOPIC_TYPE_LITE);
      admin.defineTopic(OfficialTraffic.ORDERED, TopicType.TOPIC_TYPE_FIFO);
    }
    for (HttpAppender page : pages) {
      page.make(writing.nodes().getFirst());
      follow(HttpAppender.TOPIC, page.name(), number -> new Body(page.name(), number).text());
    }
    pool.make(writing.nodes().getFirst());
    liteTopics.forEach(lite -> follow(CHAT, lite, number -> LiteWriter.body(lite, number)));
    official.start(CHAT, liteTopics);
    for (int i = 0; i < LITE_TOPICS; i++) {
      int number = i;
      begin(() -> write(number, writers.get(number)));
    }
    for (int i = 0; i < PAGES; i++) {
      int number = i;
      begin(() -> pages.get(number).run(number + 1));
    }
    begin(() -> forker.run(0));
    begin(() -> pool.run(1));
    begin(() ->
        writing.work(
            1,
            node -> RawClient.producer(node.endpoint(), "jobs"),
            client -> paced(jobs.produceOne(client)),
            RawClient::close));
    begin(() ->
        writing.work(
            2,
            node -> RawClient.consumer(node.endpoint(), "workers", "jobs"),
            client -> workers.consumeSome(client, Duration.ofSeconds(1)) >= 0,
            RawClient::close));
  }

  private void write(int number, LiteWriter writer) {
    writing.work(
        number,
        node -> RawClient.producer(node.endpoint(), CHAT),
        client -> paced(writer.writeOne(client)),
        RawClient::close);
  }

  private static boolean paced(boolean isWell) {
    Access.pause(PACE);
    return isWell;
  }

  private void follow(String topic, String liteTopic, IntFunction<String> due) {
    HttpFollower follower = new HttpFollower(reading, findings, topic, liteTopic, due);
    int first = followers.size();
    followers.add(follower);
    Thread.ofVirtual().start(() -> follower.run(first));
  }

  private void begin(Runnable work) {
    threads.add(Thread.ofVirtual().start(work));
  }

  /** How far each line is, by its name. */
  Map<String, Integer> progress() {
    Map<String, Integer> progress = new LinkedHashMap<>();
    writers.forEach(writer -> progress.put(writer.liteTopic(), writer.acknowledged()));
    pages.forEach(page -> progress.put(page.name(), page.acknowledged()));
    official.lines().forEach(line -> progress.put(line.name(), line.acknowledged()));
    progress.put("jobs", jobs.acknowledgedCount());
    progress.put(forker.name(), forker.acknowledged());
    progress.put(pool.name(), pool.acknowledged());
    return progress;
  }

  /** Lines that have not gone on since then. */
  List<String> behind(Map<String, Integer> before) {
    return progress().entrySet().stream()
        .filter(line -> line.getValue() <= before.getOrDefault(line.getKey(), 0))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Of those that remember why they did not go on. */
  List<String> lastFailures() {
    return Stream.concat(pages.stream(), Stream.of(forker, pool))
        .map(line -> line.name() + ": " + line.lastFailure())
        .toList();
  }

  List<String> findings() {
    List<String> all = new ArrayList<>(findings.all());
    all.addAll(ledger.violations());
    return all;
  }

  /** Ends the load, lets everything arrive, and compares. All nodes must be well. */
  void finish() throws InterruptedException {
    writing.end();
    for (Thread thread : threads) {
      assertThat(thread.join(PATIENCE)).as("the load ends").isTrue();
    }
    official.awaitSenders(PATIENCE);
    Map<String, Integer> written = new LinkedHashMap<>();
    writers.forEach(writer -> written.put(writer.liteTopic(), writer.acknowledged()));
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!official.isDrained(written) && System.nanoTime() < end) {
      Access.pause(Duration.ofMillis(100));
    }
    official.check(written);
    for (ServerProcess node : writing.nodes()) {
      checkLogs(node);
    }
    await("followers over HTTP are at the end").atMost(PATIENCE).until(this::areAtTheEnd);
    reading.end();
    checkJobs(writing.nodes().getFirst());
    pool.finish(writing.nodes().getFirst());
    assertThat(findings()).isEmpty();
  }

  private void checkLogs(ServerProcess node) {
    try (LogReader reader = new LogReader(node.endpoint())) {
      for (LiteWriter writer : writers) {
        writer.check(reader.bodies(CHAT, writer.liteTopic()), "read at " + node.endpoint());
      }
      for (HttpAppender page : pages) {
        List<String> bodies = reader.bodies(HttpAppender.TOPIC, page.name());
        // One that was not answered may be there.
        assertThat(bodies.size()).isBetween(page.acknowledged(), page.acknowledged() + 1);
        assertThat(bodies)
            .isEqualTo(
                IntStream.range(0, bodies.size())
                    .mapToObj(number -> new Body(page.name(), number).text())
                    .toList());
      }
    }
  }

  private boolean areAtTheEnd() {
    Map<String, Integer> progress = progress();
    return followers.stream()
        .allMatch(follower ->
            follower.read() >= progress.getOrDefault(follower.liteTopic(), Integer.MAX_VALUE));
  }

  private void checkJobs(ServerProcess node) {
    try (RawClient producer = RawClient.producer(node.endpoint(), "jobs");
        RawClient consumer = RawClient.consumer(node.endpoint(), "workers", "jobs")) {
      assertThat(jobs.produceOne(producer)).isTrue();
      workers.drain(consumer);
    }
    List<String> all = new ArrayList<>();
    try (RawClient auditor = RawClient.consumer(node.endpoint(), "auditors", "jobs")) {
      List<Message> messages = List.of();
      do {
        messages.forEach(message -> all.add(JobLedger.job(message)));
        messages = auditor.receive(32, JobConsumer.LEASE, Duration.ofSeconds(2)).join();
      } while (!messages.isEmpty());
    }
    assertThat(all).doesNotHaveDuplicates();
    assertThat(new TreeSet<>(all)).containsAll(jobs.acknowledged());
    assertThat(new TreeSet<>(all)).containsAll(ledger.acknowledgedJobs());
  }

  @Override
  public void close() {
    writing.end();
    reading.end();
    official.close();
  }
}
