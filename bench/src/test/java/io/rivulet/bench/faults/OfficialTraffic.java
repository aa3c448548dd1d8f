package io.rivulet.bench.faults;

import io.rivulet.bench.compatibility.Language;
import io.rivulet.bench.compatibility.OfficialClient;
import io.rivulet.bench.compatibility.OfficialClientException;
import io.rivulet.bench.compatibility.OfficialConsumer;
import io.rivulet.bench.compatibility.OfficialProducer;
import io.rivulet.bench.compatibility.ReceivedMessage;
import io.rivulet.bench.compatibility.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Owned by the test's thread; what it starts has threads of its own. Traffic of the official client
 * for Java, which knows the addresses of all nodes and nothing more: an ordered and a plain topic,
 * sent and consumed, and lite topics that are followed.
 */
final class OfficialTraffic implements AutoCloseable {
  static final String ORDERED = "orders";
  private static final String PLAIN = "mails";
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration INVISIBLE = Duration.ofSeconds(20);
  private static final int OPENINGS = 5;
  private static final int BATCH = 16;
  private static final int MESSAGE_GROUPS = 3;

  private final Access writing;
  private final Access reading;
  private final OfficialClient client;
  private final List<OfficialSender> ordered =
      IntStream.range(0, MESSAGE_GROUPS)
          .mapToObj(i -> new OfficialSender(ORDERED, "order" + i, true))
          .toList();
  private final OfficialSender plain = new OfficialSender(PLAIN, "mail", false);
  private final Received packers;
  private final Received readers;
  private final Received followers;
  private final List<Thread> senders = new ArrayList<>();

  OfficialTraffic(Access writing, Access reading, Findings findings) {
    this.writing = writing;
    this.reading = reading;
    this.client = OfficialClient.start(Language.JAVA, ClusterNodes.QUICK_TO_START, REQUEST_TIMEOUT);
    this.packers = new Received("packers", findings);
    this.readers = new Received("readers", findings);
    this.followers = new Received("followers", findings);
  }

  private Target target(int first) {
    return new Target(reading.endpoints(first), false);
  }

  /** Starts all of it; the ordered topic and the lite topics' parent must be there. */
  void start(String liteParent, List<String> liteTopics) {
    OfficialConsumer lite =
        patiently(() ->
            client.liteConsumer(
                target(1),
                "followers",
                liteParent,
                message -> followed(message.body(), message.id())));
    var _ =
        patiently(() -> {
          lite.subscribe(liteTopics);
          return true;
        });
    consume(patiently(() -> client.simpleConsumer(target(2), "packers", ORDERED)), packers);
    consume(patiently(() -> client.simpleConsumer(target(0), "readers", PLAIN)), readers);
    OfficialProducer orders = patiently(() -> client.producer(target(0), ORDERED));
    ordered.forEach(
        sender -> senders.add(Thread.ofVirtual().start(() -> sender.run(writing, orders))));
    OfficialProducer mails = patiently(() -> client.producer(target(2), PLAIN));
    senders.add(Thread.ofVirtual().start(() -> plain.run(writing, mails)));
  }

  /** The client gives up after three requests, which a busy machine may not answer in time. */
  private static <T> T patiently(Supplier<T> opening) {
    for (int attempt = 1; ; attempt++) {
      try {
        return opening.get();
      } catch (OfficialClientException e) {
        if (attempt == OPENINGS) {
          throw e;
        }
      }
    }
  }

  private void consume(OfficialConsumer consumer, Received received) {
    Thread.ofVirtual()
        .start(() -> {
          while (!reading.isOver()) {
            try {
              for (ReceivedMessage message : consumer.receive(BATCH, INVISIBLE)) {
                received.came(message.id(), message.body());
                acknowledge(consumer, message, received);
              }
            } catch (OfficialClientException again) {
              Access.pause(Duration.ofMillis(200));
            }
          }
        });
  }

  private static void acknowledge(
      OfficialConsumer consumer, ReceivedMessage message, Received received) {
    try {
      consumer.acknowledge(message);
      received.acknowledged(message.id(), message.body());
    } catch (OfficialClientException inDoubt) {
      // It may come again.
    }
  }

  /** A lite topic's messages are its name and a number. */
  private void followed(String body, String id) {
    int slash = body.indexOf('/');
    followers.came(
        id, new Body(body.substring(0, slash), Integer.parseInt(body.substring(slash + 1))));
  }

  List<Line> lines() {
    List<Line> lines = new ArrayList<>(ordered);
    lines.add(plain);
    return lines;
  }

  void awaitSenders(Duration patience) throws InterruptedException {
    for (Thread sender : senders) {
      if (!sender.join(patience)) {
        throw new AssertionError("a send of the official client does not end");
      }
    }
  }

  /** Whether all that was acknowledged has come. */
  boolean isDrained(Map<String, Integer> liteTopics) {
    return ordered.stream().allMatch(line -> packers.hasAll(line.name(), line.numbers()))
        && readers.hasAll(plain.name(), plain.numbers())
        && liteTopics.entrySet().stream()
            .allMatch(lite -> followers.hasAll(lite.getKey(), below(lite.getValue())));
  }

  void check(Map<String, Integer> liteTopics) {
    ordered.forEach(line -> packers.check(line.name(), line.numbers(), true));
    readers.check(plain.name(), plain.numbers(), false);
    liteTopics.forEach((lite, count) -> followers.check(lite, below(count), true));
  }

  private static Set<Integer> below(int count) {
    return Set.copyOf(IntStream.range(0, count).boxed().toList());
  }

  @Override
  public void close() {
    client.close();
  }
}
