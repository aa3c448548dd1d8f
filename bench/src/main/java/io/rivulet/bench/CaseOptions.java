package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.LoadResult;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import picocli.CommandLine.Option;

/** Owned by the command that it belongs to. What every case can be told. */
final class CaseOptions {
  @Option(
      names = "--endpoint",
      paramLabel = "HOST:PORT",
      description = "The server; any that speaks RocketMQ's gRPC protocol (${DEFAULT-VALUE}).",
      defaultValue = "127.0.0.1:8081")
  String endpoint = "";

  @Option(
      names = "--topic",
      description = "The topic; it must exist where topics are not made by the first send.")
  String topic = "";

  @Option(
      names = "--size",
      paramLabel = "BYTES",
      description = "Body bytes of each message (${DEFAULT-VALUE}).",
      defaultValue = "1024")
  int size;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "How long to measure (${DEFAULT-VALUE}).",
      defaultValue = "10")
  int seconds;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      description = "Seconds of the same load before that, not measured (${DEFAULT-VALUE}).",
      defaultValue = "5")
  int warmUpSeconds;

  @Option(
      names = "--server-pid",
      paramLabel = "PID",
      split = ",",
      description = "The server's processes, for their CPU time and memory (same machine only).")
  List<Long> serverPids = List.of();

  @Option(
      names = "--label",
      paramLabel = "TEXT",
      description = "Repeated in the result, such as the server's name and durability.")
  String label = "";

  Duration time() {
    return Duration.ofSeconds(seconds);
  }

  Duration warmUp() {
    return Duration.ofSeconds(warmUpSeconds);
  }

  String topicOr(String otherwise) {
    return topic.isEmpty() ? otherwise : topic;
  }

  /** A body that does not compress, the same in every run. */
  byte[] body() {
    byte[] body = new byte[size];
    new SplittableRandom(1).nextBytes(body);
    return body;
  }

  ProcessCosts costs() throws IOException {
    return ProcessCosts.of(serverPids);
  }

  /** The first words of a result line: what was measured. */
  JsonObject line(String name) {
    JsonObject line = new JsonObject();
    line.addProperty("case", name);
    if (!label.isEmpty()) {
      line.addProperty("label", label);
    }
    line.addProperty("size", size);
    return line;
  }

  /** Adds what the server's processes used between then and now. */
  void addCosts(JsonObject line, ProcessCosts before) throws IOException {
    long messages = line.get("messages").getAsLong();
    if (serverPids.isEmpty() || messages == 0) {
      return;
    }
    ProcessCosts after = costs();
    line.addProperty(
        "serverCpuMicrosPerMessage",
        LoadResult.round((after.cpuMicros() - before.cpuMicros()) / (double) messages));
    line.addProperty("serverRssMib", after.rssBytes() >> 20);
  }

  static void merge(JsonObject into, JsonObject from) {
    from.entrySet().forEach(entry -> into.add(entry.getKey(), entry.getValue()));
  }
}
