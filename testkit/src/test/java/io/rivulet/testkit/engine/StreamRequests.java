package io.rivulet.testkit.engine;

import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamFork;
import io.rivulet.engine.stream.StreamProducer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/** Owned by one thread. Random requests that make sense for what there is, more often than not. */
final class StreamRequests {
  static final List<String> NAMES = List.of("a", "b", "c", "d", "e");

  private static final List<String> TYPES =
      List.of("text/plain", StreamModel.JSON, StreamDefinition.BYTES);
  private static final List<String> PRODUCERS = List.of("p", "q");

  /** A message or a request of this size goes into the log in several steps, or nearly so. */
  private static final int LARGE_BYTES = 40_000;

  private final RandomGenerator random;
  private final List<StreamModel.Append> numbered = new ArrayList<>();
  private int ids;

  StreamRequests(RandomGenerator random) {
    this.random = random;
  }

  private static long sizeOf(List<String> bodies) {
    return bodies.stream().mapToLong(String::length).sum();
  }

  /** Others may come between its steps. */
  static boolean takesSeveralSteps(StreamModel.Request request) {
    return switch (request) {
      case StreamModel.Append append -> sizeOf(append.bodies()) > LARGE_BYTES;
      case StreamModel.Send send -> sizeOf(send.bodies()) > LARGE_BYTES;
      case StreamModel.Create create ->
          sizeOf(create.bodies()) > LARGE_BYTES
              || create.fork().filter(fork -> fork.subOffset() > 0).isPresent();
      default -> false;
    };
  }

  /** A crash may leave a part of it. */
  static boolean takesSeveralBatches(StreamModel.Request request) {
    return request instanceof StreamModel.Append append
        && append.bodies().size() > 1
        && takesSeveralSteps(append);
  }

  StreamModel.Request next(StreamModel model, long now) {
    String name = NAMES.get(random.nextInt(NAMES.size()));
    int dice = random.nextInt(100);
    if (dice < 12) {
      return create(name, now);
    } else if (dice < 24) {
      return fork(name, model, now);
    } else if (dice < 40) {
      return append(name, model, bodies("m" + ++ids), Optional.empty());
    } else if (dice < 62) {
      return numbered(name, model);
    } else if (dice < 65) {
      Optional<StreamProducer> producer =
          random.nextBoolean() ? Optional.empty() : Optional.of(producer(name, model));
      return new StreamModel.Append(name, "", List.of(), true, Optional.empty(), producer);
    } else if (dice < 73) {
      return new StreamModel.Delete(name);
    } else if (dice < 80) {
      return new StreamModel.Send(name, List.of(body("w" + ++ids)));
    } else if (dice < 85) {
      return new StreamModel.Describe(name);
    }
    long end = model.endOf(name);
    return new StreamModel.Read(name, random.nextLong(-1, end + 2), random.nextInt(1, 6));
  }

  // ---- messages

  /** What begins with this id; the same each time. */
  private static String body(String id) {
    int hash = Math.floorMod(id.hashCode() * 0x9E3779B9, 1 << 20);
    int size = hash % 30;
    if (hash % 43 == 0) {
      size = hash % 5 == 0 ? 1_200_000 : 130_000 + hash % 200_000;
    } else if (hash % 17 == 0) {
      size = 50_000;
    }
    return id + " " + "x".repeat(size);
  }

  private static List<String> bodies(String id) {
    int count = id.hashCode() % 4 == 0 ? 1 + Math.floorMod(id.hashCode() / 4, 4) : 1;
    List<String> bodies = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      bodies.add(body(id + "/" + i));
    }
    return bodies;
  }

  // ---- making

  private StreamDefinition definition(String contentType, long now) {
    return switch (random.nextInt(4)) {
      case 0 ->
          new StreamDefinition(
              contentType,
              Optional.of(Duration.ofMillis(random.nextInt(100, 40_000))),
              Optional.empty());
      case 1 ->
          new StreamDefinition(
              contentType,
              Optional.empty(),
              Optional.of(Instant.ofEpochMilli(now + random.nextInt(1, 40_000))));
      default -> StreamDefinition.of(contentType);
    };
  }

  private StreamModel.Create create(String name, long now) {
    String contentType = TYPES.get(random.nextInt(TYPES.size()));
    return new StreamModel.Create(
        name,
        definition(contentType, now),
        Optional.empty(),
        firstBodies(),
        random.nextInt(8) == 0);
  }

  /** They go into the log at once, or are one. */
  private List<String> firstBodies() {
    if (random.nextBoolean()) {
      return List.of();
    }
    List<String> bodies = bodies("f" + ++ids);
    return sizeOf(bodies) > LARGE_BYTES ? bodies.subList(0, 1) : bodies;
  }

  private StreamModel.Create fork(String name, StreamModel model, long now) {
    String source = NAMES.get(random.nextInt(NAMES.size()));
    int end = model.endOf(source);
    OptionalLong offset =
        random.nextInt(3) == 0
            ? OptionalLong.empty()
            : OptionalLong.of(random.nextInt(20) == 0 ? end + 1 : random.nextInt(end + 1));
    long sub = random.nextInt(3) == 0 ? random.nextInt(1, 9) : 0;
    String contentType =
        random.nextInt(10) == 0
            ? TYPES.get(random.nextInt(TYPES.size()))
            : random.nextBoolean() ? "" : model.contentTypeOf(source);
    List<String> bodies = firstBodies();
    if (sub > 0 && sizeOf(bodies) > LARGE_BYTES) {
      bodies = List.of();
    }
    return new StreamModel.Create(
        name,
        definition(contentType, now),
        Optional.of(new StreamFork(source, offset, sub)),
        bodies,
        random.nextInt(10) == 0);
  }

  // ---- appending

  private StreamModel.Append append(
      String name, StreamModel model, List<String> bodies, Optional<StreamProducer> producer) {
    return new StreamModel.Append(
        name,
        random.nextInt(20) == 0 ? "text/html" : model.contentTypeOf(name),
        bodies,
        random.nextInt(25) == 0,
        random.nextInt(5) == 0
            ? Optional.of("s" + (char) ('a' + random.nextInt(26)))
            : Optional.empty(),
        producer);
  }

  /** A new one, or one that was sent before. */
  private StreamModel.Append numbered(String name, StreamModel model) {
    if (!numbered.isEmpty() && random.nextInt(3) == 0) {
      int newest = Math.min(numbered.size(), 12);
      return numbered.get(numbered.size() - 1 - random.nextInt(newest));
    }
    StreamProducer producer = producer(name, model);
    String id = "%s/%s/%d/%d".formatted(name, producer.id(), producer.epoch(), producer.seq());
    StreamModel.Append append = append(name, model, bodies(id), Optional.of(producer));
    numbered.add(append);
    return append;
  }

  private StreamProducer producer(String name, StreamModel model) {
    String id = PRODUCERS.get(random.nextInt(PRODUCERS.size()));
    Optional<StreamProducer> last = model.lastOf(name, id);
    long epoch = last.map(StreamProducer::epoch).orElse(0L);
    long seq = last.map(each -> each.seq() + 1).orElse(0L);
    return switch (random.nextInt(16)) {
      case 0 -> new StreamProducer(id, epoch + 1, 0);
      case 1 -> new StreamProducer(id, epoch + 1, 1);
      case 2 -> new StreamProducer(id, epoch, seq + 1);
      case 3 -> new StreamProducer(id, Math.max(0, epoch - 1), seq);
      default -> new StreamProducer(id, epoch, seq);
    };
  }
}
