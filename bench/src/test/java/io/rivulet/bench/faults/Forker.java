package io.rivulet.bench.faults;

import io.rivulet.bench.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;

/**
 * Owned by its thread; how far it is may be asked by others. Forks a stream again and again, under
 * new names, so that most forks are in other shards than their source. Each must begin with all
 * that was acknowledged in the source before it was asked for, and hold nothing else; then it is
 * deleted.
 */
final class Forker implements Line {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration PACE = Duration.ofMillis(500);
  private static final String OFFSET = "stream-next-offset";

  private final Access access;
  private final Findings findings;
  private final String source;
  private final IntSupplier acknowledgedBySource;
  private final IntFunction<String> due;

  /** Of the fork that is asked for until it was read. */
  private int number;

  /** What its source held when it was asked for first. */
  private int atLeast;

  private volatile int verified;
  private volatile String lastFailure = "";

  /**
   * A forker of one stream.
   *
   * @param due the message at each offset of the source
   */
  Forker(
      Access access,
      Findings findings,
      String source,
      IntSupplier acknowledgedBySource,
      IntFunction<String> due) {
    this.access = access;
    this.findings = findings;
    this.source = source;
    this.acknowledgedBySource = acknowledgedBySource;
    this.due = due;
  }

  @Override
  public String name() {
    return "forks";
  }

  @Override
  public int acknowledged() {
    return verified;
  }

  @Override
  public String lastFailure() {
    return lastFailure;
  }

  /** Forks until all ends. */
  void run(int first) {
    atLeast = acknowledgedBySource.getAsInt();
    access.work(first, node -> node, this::fork, _ -> {});
  }

  private boolean fork(ServerProcess node) {
    try {
      HttpResponse<String> made =
          access.send(
              to(node, "")
                  .header("Stream-Forked-From", "/v1/stream/" + HttpAppender.TOPIC + "/" + source)
                  .PUT(HttpRequest.BodyPublishers.noBody())
                  .build());
      if (made.statusCode() >= 300) {
        return refused("made", made);
      }
      if (!isRead(node)) {
        return false;
      }
      verified = number + 1;
      HttpResponse<String> deleted = access.send(to(node, "").DELETE().build());
      if (deleted.statusCode() >= 300) {
        return refused("deleted", deleted);
      }
    } catch (IOException e) {
      lastFailure = e.toString();
      return false;
    } finally {
      next();
    }
    Access.pause(PACE);
    return true;
  }

  /**
   * What was read has had its time, deleted or not: a deletion that was not answered may come
   * later.
   */
  private void next() {
    if (number < verified) {
      number = verified;
      atLeast = acknowledgedBySource.getAsInt();
    }
  }

  private boolean isRead(ServerProcess node) throws IOException {
    StringBuilder text = new StringBuilder();
    for (String offset = "-1"; ; ) {
      HttpResponse<String> page = access.send(to(node, "?offset=" + offset).GET().build());
      if (page.statusCode() != 200) {
        return refused("read", page);
      }
      text.append(page.body());
      String next = page.headers().firstValue(OFFSET).orElseThrow();
      if (next.equals(offset) || page.body().isEmpty()) {
        check(text.toString());
        return true;
      }
      offset = next;
    }
  }

  private void check(String text) {
    int at = 0;
    int messages = 0;
    while (at < text.length()) {
      String body = due.apply(messages);
      if (!text.startsWith(body, at)) {
        findings.add("%s: not what is due at message %d".formatted(fork(), messages));
        return;
      }
      at += body.length();
      messages++;
    }
    if (messages < atLeast) {
      findings.add("%s holds %d messages, not %d".formatted(fork(), messages, atLeast));
    }
  }

  private boolean refused(String what, HttpResponse<String> answer) {
    lastFailure = "%s: %d %s".formatted(what, answer.statusCode(), answer.body());
    if (answer.statusCode() != 503 && answer.statusCode() != 429) {
      findings.add(fork() + " can't be " + lastFailure);
    }
    return false;
  }

  private String fork() {
    return "fork-" + number;
  }

  private HttpRequest.Builder to(ServerProcess node, String query) {
    return HttpRequest.newBuilder(
            URI.create(node.http() + "/v1/stream/" + HttpAppender.TOPIC + "/" + fork() + query))
        .timeout(PATIENCE)
        .header("Content-Type", "text/plain");
  }
}
