package io.rivulet.bench.sessions;

import io.netty.handler.codec.http.HttpMethod;
import io.rivulet.bench.readers.Stamp;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread that writes. Appends to durable streams, a request each as the protocol has
 * it, with a producer's number, so that one that goes again is stored once.
 */
final class DurableStreamsWriter implements SessionWriter {
  private static final int CONNECTIONS = 64;
  private static final Duration MAKE_PATIENCE = Duration.ofMinutes(5);
  private static final String FOLDER = "/v1/stream/";

  private final HttpRequests requests;
  private final String topic;
  private final AtomicLong unanswered = new AtomicLong();
  private volatile String refusal = "";

  DurableStreamsWriter(InetSocketAddress server, String topic) {
    this.requests = new HttpRequests(server, CONNECTIONS);
    this.topic = topic;
  }

  /** Makes streams of text; sends create none, or others. */
  static void make(InetSocketAddress server, String topic, int sessions) {
    try (HttpRequests requests = new HttpRequests(server, CONNECTIONS)) {
      List<CompletableFuture<?>> made = new ArrayList<>(sessions);
      for (int session = 0; session < sessions; session++) {
        made.add(
            requests.send(session, HttpMethod.PUT, path(topic, session), Map.of(), new byte[0]));
      }
      CompletableFuture.allOf(made.toArray(CompletableFuture[]::new))
          .orTimeout(MAKE_PATIENCE.toSeconds(), TimeUnit.SECONDS)
          .join();
    }
  }

  static String path(String topic, int session) {
    return FOLDER + topic + "/s" + session;
  }

  @Override
  public void write(int session, byte[] body) {
    unanswered.incrementAndGet();
    Map<String, String> producer =
        Map.of(
            "producer-id",
            "bench",
            "producer-epoch",
            "0",
            "producer-seq",
            Integer.toString(Stamp.number(body, 0)));
    var _ =
        requests
            .send(session, HttpMethod.POST, path(topic, session), producer, body)
            .whenComplete((_, failure) -> answered(failure));
  }

  private void answered(@Nullable Throwable failure) {
    if (failure != null) {
      refusal = String.valueOf(failure.getMessage());
    }
    unanswered.decrementAndGet();
  }

  @Override
  public void flush() {
    // All have left already.
  }

  @Override
  public long unanswered() {
    return unanswered.get();
  }

  @Override
  public String refusal() {
    return refusal;
  }

  @Override
  public void close() {
    if (requests.repeated() > 0) {
      System.err.printf(
          "%d appends were answered with 404 or 503 and went again%n", requests.repeated());
    }
    requests.close();
  }
}
