package io.rivulet.bench.faults;

import apache.rocketmq.v2.SendMessageRequest;
import io.rivulet.bench.ServerProcess;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import io.rivulet.engine.shard.ShardNumber;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/**
 * Safe for all threads: what was measured is in a concurrent queue. Writes to lite topics of all
 * shards, to each at a steady rate, and notes when each message should have been sent and when it
 * was acknowledged: who is late is charged for it. What is refused is sent again.
 */
final class SteadyLoad implements AutoCloseable {
  private static final String TOPIC = "steady";
  private static final long PATIENCE_SECONDS = 30;
  private static final Duration PAUSE = Duration.ofMillis(10);

  /**
   * Immutable. One message.
   *
   * @param dueNanos when it should have been sent
   * @param sentNanos when it was sent for the first time
   */
  record Sample(int shard, long dueNanos, long sentNanos, long answeredNanos) {
    double millis() {
      return (answeredNanos - dueNanos) / 1e6;
    }
  }

  private final AtomicBoolean isOver = new AtomicBoolean();
  private final ConcurrentLinkedQueue<Sample> samples = new ConcurrentLinkedQueue<>();
  private final List<RawClient> clients = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final int shards;
  private final byte[] body;

  SteadyLoad(List<ServerProcess> nodes, int shards, Duration each, int bodyBytes) {
    this.shards = shards;
    this.body = new byte[bodyBytes];
    nodes.forEach(node -> clients.add(RawClient.producer(node.endpoint(), TOPIC)));
    for (int shard = 0; shard < shards; shard++) {
      String lite = liteTopicOf(shard);
      int number = shard;
      RawClient client = clients.get(shard % clients.size());
      threads.add(Thread.ofVirtual().start(() -> write(client, number, lite, each)));
    }
  }

  private String liteTopicOf(int shard) {
    int number = 0;
    while (ShardNumber.ofLite(TOPIC, "line-" + number, shards) != shard) {
      number++;
    }
    return "line-" + number;
  }

  private void write(RawClient client, int shard, String lite, Duration each) {
    RawMessages messages = new RawMessages(TOPIC);
    // Not all at the same moment.
    long due = System.nanoTime() + each.toNanos() * shard / shards;
    while (!isOver.get()) {
      Access.pause(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
      SendMessageRequest request = messages.toLiteTopic(body, lite);
      long sent = System.nanoTime();
      while (!isOver.get() && !isTaken(client, request)) {
        Access.pause(PAUSE);
      }
      samples.add(new Sample(shard, due, sent, System.nanoTime()));
      due += each.toNanos();
    }
  }

  private static boolean isTaken(RawClient client, SendMessageRequest request) {
    try {
      client.send(request).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException | TimeoutException | CompletionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** Until every shard has answered something that was sent after this; the seconds it took. */
  double awaitAll(long sinceNanos, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    while (System.nanoTime() < end) {
      Map<Integer, Long> first = new HashMap<>();
      for (Sample sample : samples) {
        if (sample.sentNanos > sinceNanos) {
          first.merge(sample.shard, sample.answeredNanos, Math::min);
        }
      }
      if (first.size() == shards) {
        return (first.values().stream().mapToLong(Long::longValue).max().orElseThrow() - sinceNanos)
            / 1e9;
      }
      Access.pause(Duration.ofMillis(50));
    }
    Set<Integer> silent = new HashSet<>();
    for (int shard = 0; shard < shards; shard++) {
      silent.add(shard);
    }
    samples.stream()
        .filter(sample -> sample.sentNanos > sinceNanos)
        .forEach(sample -> silent.remove(sample.shard));
    throw new AssertionError(
        "shards " + silent + " did not answer within " + patience.toSeconds() + " s");
  }

  /** A percentile of what was due in this time, in milliseconds. */
  double percentile(double part, long fromNanos, long toNanos, Predicate<Integer> shard) {
    List<Double> millis =
        samples.stream()
            .filter(sample -> sample.dueNanos >= fromNanos && sample.dueNanos < toNanos)
            .filter(sample -> shard.test(sample.shard))
            .map(Sample::millis)
            .sorted()
            .toList();
    return millis.isEmpty()
        ? Double.NaN
        : millis.get((int) Math.min(millis.size() - 1L, Math.round(part * millis.size())));
  }

  /** The longest that a message of each shard took in this time, in milliseconds, longest first. */
  List<Double> stalls(long fromNanos, long toNanos, Predicate<Integer> shard) {
    Map<Integer, Double> longest = new HashMap<>();
    for (Sample sample : samples) {
      if (sample.dueNanos >= fromNanos && sample.dueNanos < toNanos && shard.test(sample.shard)) {
        longest.merge(sample.shard, sample.millis(), Math::max);
      }
    }
    return longest.values().stream().sorted(Comparator.reverseOrder()).toList();
  }

  int count() {
    return samples.size();
  }

  @Override
  public void close() {
    isOver.set(true);
    clients.forEach(RawClient::close);
  }
}
