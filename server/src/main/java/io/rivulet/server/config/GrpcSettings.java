package io.rivulet.server.config;

import io.rivulet.server.grpc.GrpcConfig;
import io.rivulet.server.network.HostPort;
import java.time.Duration;
import java.util.List;

/** Immutable. The settings of the gRPC port. */
final class GrpcSettings {
  static final Setting<HostPort> ADDRESS =
      new Setting<>(
          "grpc.address",
          new ValueType.Address(),
          new HostPort("127.0.0.1", 8081),
          "Where RocketMQ clients and our own connect, with TLS or without. Change the host to"
              + " 0.0.0.0 to be reached from other machines.");
  static final Setting<Integer> THREADS =
      new Setting<>(
          "grpc.threads",
          new ValueType.Count(0, 1024, "threads"),
          0,
          "Threads that serve connections; 0 is one per processor, at least two. Lower it to leave"
              + " processors to other programs.");
  static final Setting<Long> INFLIGHT_BYTES =
      new Setting<>(
          "grpc.inflight-bytes",
          new ValueType.ByteSize(1 << 20, 1L << 40),
          256L << 20,
          "Request bytes held in memory at the same time, those of HTTP included; beyond it callers"
              + " get TOO_MANY_REQUESTS (HTTP: 429) and retry. Raise it when many large messages are sent at once, with the JVM's"
              + " -XX:MaxDirectMemorySize (1 GiB by ./rivulet).");
  static final Setting<Long> REPLY_BYTES =
      new Setting<>(
          "grpc.reply-bytes",
          new ValueType.ByteSize(1 << 20, 1L << 40),
          128L << 20,
          "Bytes of large replies (from 256 KiB) to RocketMQ clients held in memory at the same"
              + " time, and of answers over HTTP, which count three times; the next one waits until"
              + " the network has taken one. Takes up to twice as much outside the heap. Raise it"
              + " with the JVM's -XX:MaxDirectMemorySize when many consumers take large messages at"
              + " once.");
  static final Setting<Duration> REPLY_TIMEOUT =
      new Setting<>(
          "grpc.reply-timeout",
          new ValueType.Span(Duration.ofSeconds(1), Duration.ofHours(1)),
          Duration.ofSeconds(60),
          "The longest that a consumer may take to read a large reply; then the call is broken off,"
              + " and others get the memory. Raise it for large messages over slow links.");
  static final Setting<Integer> MAX_CALLS_PER_CONNECTION =
      new Setting<>(
          "grpc.max-calls-per-connection",
          new ValueType.Count(1, 1_000_000, "calls"),
          10_000,
          "Calls that one connection may have open, waiting polls included; more wait in the"
              + " client. Raise it for a proxy that puts many clients on one connection.");

  static final List<Setting<?>> SETTINGS =
      List.of(
          ADDRESS, THREADS, INFLIGHT_BYTES, REPLY_BYTES, REPLY_TIMEOUT, MAX_CALLS_PER_CONNECTION);

  private GrpcSettings() {}

  static GrpcConfig from(SettingValues values) {
    return new GrpcConfig(
        values.get(ADDRESS),
        values.get(THREADS),
        values.get(INFLIGHT_BYTES),
        values.get(REPLY_BYTES),
        values.get(REPLY_TIMEOUT),
        values.get(MAX_CALLS_PER_CONNECTION));
  }
}
