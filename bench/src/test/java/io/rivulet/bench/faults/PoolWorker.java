package io.rivulet.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.rivulet.bench.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Owned by its thread; how far it is may be asked by others. A subscription to streams from which a
 * worker claims what is pending, at one node and then at another, and says that it is done. What it
 * has acknowledged is not pending again, generations only grow, and all that is in the streams is
 * claimed sooner or later.
 */
final class PoolWorker implements Line {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration PACE = Duration.ofMillis(200);
  private static final Duration DRAIN = Duration.ofMinutes(3);
  private static final String NAME = "pool";

  /** What a worker claimed and the answer was lost is to be had again after this time. */
  private static final int LEASE_MILLIS = 5_000;

  private final Access access;
  private final Findings findings;
  private final List<String> streams;
  private final Map<String, String> acknowledgedOffsets = new HashMap<>();
  private volatile int acknowledged;

  /** The next wake has this one at least; one that was done does not come again. */
  private long leastGeneration;

  private volatile String lastFailure = "";

  /**
   * A worker of a subscription.
   *
   * @param streams paths
   */
  PoolWorker(Access access, Findings findings, List<String> streams) {
    this.access = access;
    this.findings = findings;
    this.streams = streams;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int acknowledged() {
    return acknowledged;
  }

  @Override
  public String lastFailure() {
    return lastFailure;
  }

  /** Subscribes; the streams must be there. */
  void make(ServerProcess node) throws IOException {
    Map<String, Object> wanted =
        Map.of(
            "type",
            "pull-wake",
            "streams",
            streams,
            "wake_stream",
            "wakes/" + NAME,
            "lease_ttl_ms",
            LEASE_MILLIS);
    for (HttpRequest.Builder each :
        List.of(
            to(node, "/v1/stream/wakes/" + NAME).PUT(HttpRequest.BodyPublishers.noBody()),
            to(node, path("")).PUT(body(wanted)))) {
      HttpResponse<String> made = access.send(each.build());
      if (made.statusCode() >= 300) {
        throw new IOException("can't be made: " + made.statusCode() + " " + made.body());
      }
    }
  }

  /** Works until all ends. */
  void run(int first) {
    access.work(first, node -> node, this::turn, _ -> {});
  }

  /** After the load: claims what is left, until all is acknowledged up to the streams' ends. */
  void finish(ServerProcess node) {
    long deadline = System.nanoTime() + DRAIN.toNanos();
    try {
      List<String> left = left(node);
      while (!left.isEmpty()) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError("not acknowledged: " + left + "; last: " + lastFailure);
        }
        turn(node);
        left = left(node);
      }
    } catch (IOException e) {
      throw new AssertionError("the subscription can't be read", e);
    }
  }

  private List<String> left(ServerProcess node) throws IOException {
    List<String> left = new ArrayList<>();
    for (JsonElement each : state(node).getAsJsonArray("streams")) {
      JsonObject stream = each.getAsJsonObject();
      HttpRequest.Builder head = to(node, "/v1/stream/" + stream.get("path").getAsString());
      String end =
          access
              .send(head.method("HEAD", HttpRequest.BodyPublishers.noBody()).build())
              .headers()
              .firstValue("stream-next-offset")
              .orElse("unknown");
      if (!stream.get("acked_offset").getAsString().equals(end)) {
        left.add(stream + " of " + end);
      }
    }
    return left;
  }

  private JsonObject state(ServerProcess node) throws IOException {
    HttpResponse<String> answer = access.send(to(node, path("")).GET().build());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return read(answer);
  }

  private boolean turn(ServerProcess node) {
    Access.pause(PACE);
    try {
      HttpResponse<String> claim = post(node, "/claim", "", Map.of("worker", "w"));
      if (claim.statusCode() == 200) {
        return work(node, read(claim));
      }
      // Nothing to do, or a claim that was not answered has it.
      return claim.statusCode() == 409 || refused("claim", claim);
    } catch (IOException e) {
      lastFailure = e.toString();
      return false;
    }
  }

  private boolean work(ServerProcess node, JsonObject wake) throws IOException {
    long next = wake.get("generation").getAsLong();
    if (next < leastGeneration) {
      findings.add("generation %d where %d was due".formatted(next, leastGeneration));
    }
    leastGeneration = next;
    List<Map<String, String>> acks = new ArrayList<>();
    Map<String, String> ends = new HashMap<>();
    for (JsonElement each : wake.getAsJsonArray("streams")) {
      JsonObject stream = each.getAsJsonObject();
      String path = stream.get("path").getAsString();
      String since = stream.get("acked_offset").getAsString();
      String before = acknowledgedOffsets.getOrDefault(path, "");
      if (since.compareTo(before) < 0) {
        findings.add(
            "%s is acknowledged up to %s, and was up to %s".formatted(path, since, before));
      }
      String end = stream.get("tail_offset").getAsString();
      acks.add(Map.of("stream", path, "offset", end));
      ends.put(path, end);
    }
    Map<String, Object> done =
        Map.of(
            "wake_id",
            wake.get("wake_id").getAsString(),
            "generation",
            next,
            "done",
            true,
            "acks",
            acks);
    HttpResponse<String> answer = post(node, "/ack", wake.get("token").getAsString(), done);
    if (answer.statusCode() == 200) {
      ends.forEach((path, end) ->
          acknowledgedOffsets.merge(path, end, (one, two) -> one.compareTo(two) > 0 ? one : two));
      leastGeneration = next + 1;
      int before = acknowledged;
      acknowledged = before + 1;
      return true;
    }
    // Its lease may have ended meanwhile.
    return answer.statusCode() == 409 || refused("ack", answer);
  }

  private boolean refused(String what, HttpResponse<String> answer) {
    lastFailure = "%s: %d %s".formatted(what, answer.statusCode(), answer.body());
    if (answer.statusCode() != 503 && answer.statusCode() != 429) {
      findings.add("the worker's " + lastFailure);
    }
    return false;
  }

  private static HttpRequest.BodyPublisher body(Map<String, ?> json) {
    return HttpRequest.BodyPublishers.ofString(new Gson().toJson(json));
  }

  private static JsonObject read(HttpResponse<String> answer) {
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }

  private HttpResponse<String> post(
      ServerProcess node, String what, String token, Map<String, ?> body) throws IOException {
    HttpRequest.Builder request = to(node, path(what)).POST(body(body));
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return access.send(request.build());
  }

  private static String path(String what) {
    return "/v1/stream/__ds/subscriptions/" + NAME + what;
  }

  private static HttpRequest.Builder to(ServerProcess node, String path) {
    return HttpRequest.newBuilder(URI.create(node.http() + path))
        .timeout(PATIENCE)
        .header("Content-Type", "application/json");
  }
}
