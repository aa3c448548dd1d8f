package io.rivulet.bench.faults;

import io.rivulet.bench.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/**
 * Owned by its thread; how far it is may be asked by others. Appends to a stream over HTTP with a
 * producer's numbers: what was not answered is sent again, and stored once.
 */
final class HttpAppender implements Line {
  static final String TOPIC = "pages";
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration PACE = Duration.ofMillis(100);

  private final Access access;
  private final Findings findings;
  private final String name;
  private volatile int acknowledged;
  private volatile String lastFailure = "";

  HttpAppender(Access access, Findings findings, String name) {
    this.access = access;
    this.findings = findings;
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int acknowledged() {
    return acknowledged;
  }

  /** Makes the stream; it must be there before anybody follows it. */
  void make(ServerProcess node) throws IOException {
    HttpRequest request =
        to(node).PUT(HttpRequest.BodyPublishers.noBody()).timeout(Duration.ofMinutes(1)).build();
    HttpResponse<String> made = access.send(request);
    if (made.statusCode() >= 300) {
      throw new IOException("the stream can't be made: " + made.statusCode() + " " + made.body());
    }
  }

  /** Appends until all ends. */
  void run(int first) {
    access.work(first, node -> node, this::append, _ -> {});
  }

  private boolean append(ServerProcess node) {
    int number = acknowledged;
    HttpRequest request =
        to(node)
            .timeout(PATIENCE)
            .header("Producer-Id", "writer-of-" + name)
            .header("Producer-Epoch", "0")
            .header("Producer-Seq", Integer.toString(number))
            .POST(HttpRequest.BodyPublishers.ofString(new Body(name, number).text()))
            .build();
    try {
      HttpResponse<String> answer = access.send(request);
      if (answer.statusCode() < 300) {
        acknowledged = number + 1;
        Access.pause(PACE);
        return true;
      }
      if (answer.statusCode() != 503 && answer.statusCode() != 429) {
        findings.add("%s/%d: %d %s".formatted(name, number, answer.statusCode(), answer.body()));
      }
      lastFailure = answer.statusCode() + " " + answer.body();
    } catch (IOException e) {
      lastFailure = e.toString();
    }
    return false;
  }

  @Override
  public String lastFailure() {
    return lastFailure;
  }

  private HttpRequest.Builder to(ServerProcess node) {
    return HttpRequest.newBuilder(
            URI.create("http://" + node.httpEndpoint() + "/v1/stream/" + TOPIC + "/" + name))
        .header("Content-Type", "text/plain");
  }
}
