package io.rivulet.bench.faults;

import io.rivulet.bench.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Safe for all threads: what it holds does not change. The nodes as clients see them: addresses of
 * which one is taken, and another one when that does not answer.
 */
final class Access {
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final long PAUSE_NANOS = 100_000_000;

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(LOOK).build();
  private final AtomicBoolean isOver = new AtomicBoolean();
  private final List<ServerProcess> nodes;

  Access(List<ServerProcess> nodes) {
    this.nodes = List.copyOf(nodes);
  }

  /** All addresses, as official clients take them, beginning with this one. */
  String endpoints(int first) {
    return IntStream.range(0, nodes.size())
        .mapToObj(i -> nodes.get((first + i) % nodes.size()).endpoint())
        .collect(Collectors.joining(";"));
  }

  List<ServerProcess> nodes() {
    return nodes;
  }

  HttpClient http() {
    return http;
  }

  /** From now on nobody begins with anything. */
  void end() {
    isOver.set(true);
  }

  boolean isOver() {
    return isOver.get();
  }

  static void pause(Duration time) {
    LockSupport.parkNanos(time.toNanos());
  }

  /**
   * Works at one node for as long as that goes well, then at the next that answers, until all ends.
   *
   * @param step false if it did not go well
   */
  <C> void work(int first, Function<ServerProcess, C> open, Predicate<C> step, Consumer<C> close) {
    for (int at = first; !isOver(); at++) {
      ServerProcess node = nodes.get(at % nodes.size());
      if (!answers(node)) {
        LockSupport.parkNanos(PAUSE_NANOS);
        continue;
      }
      workAt(node, open, step, close);
    }
  }

  private <C> void workAt(
      ServerProcess node, Function<ServerProcess, C> open, Predicate<C> step, Consumer<C> close) {
    try {
      C client = open.apply(node);
      try {
        boolean isWell = true;
        while (isWell && !isOver()) {
          isWell = step.test(client);
        }
      } finally {
        close.accept(client);
      }
    } catch (RuntimeException elsewhere) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /** Whether it says that it takes requests. */
  boolean answers(ServerProcess node) {
    try {
      return get(node, "/health/ready", LOOK).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  HttpResponse<String> get(ServerProcess node, String path, Duration patience) throws IOException {
    return send(
        HttpRequest.newBuilder(URI.create("http://" + node.httpEndpoint() + path))
            .timeout(patience)
            .build());
  }

  HttpResponse<String> send(HttpRequest request) throws IOException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
