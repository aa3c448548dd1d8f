package io.rivulet.server.config;

import io.rivulet.server.http.Cors;
import io.rivulet.server.http.HttpConfig;
import io.rivulet.server.network.HostPort;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Immutable. The settings of the HTTP port. */
final class HttpSettings {
  static final Setting<HostPort> ADDRESS =
      new Setting<>(
          "http.address",
          new ValueType.Address(),
          new HostPort("127.0.0.1", 8080),
          "Where streams, health and metrics are served. Change the host to 0.0.0.0 for browsers,"
              + " probes and scrapers on other machines.");
  static final Setting<Set<String>> CORS_ORIGINS =
      new Setting<>(
          "http.cors-origins",
          new ValueType.Words("origins"),
          Set.of(Cors.LOOPBACK),
          "Web pages that may read and write streams from a browser, by origin such as"
              + " https://chat.example; 'loopback' are pages served from this machine, '*' all.");
  static final Setting<String> STREAM_TOPIC =
      new Setting<>(
          "http.stream-topic",
          new ValueType.TopicName(),
          "streams",
          "The parent topic of streams whose path is one name only, as in /v1/stream/my-session.");
  static final Setting<Duration> LONG_POLL_TIME =
      new Setting<>(
          "http.long-poll-time",
          new ValueType.Span(Duration.ofSeconds(1), Duration.ofMinutes(5)),
          Duration.ofSeconds(20),
          "How long a read with live=long-poll waits at the end of a stream. Keep it below the idle"
              + " time of proxies on the way.");
  static final Setting<Duration> SSE_TIME =
      new Setting<>(
          "http.sse-time",
          new ValueType.Span(Duration.ofSeconds(1), Duration.ofHours(24)),
          Duration.ofSeconds(60),
          "How long a reader with live=sse is served before it is to come again, at the place where"
              + " it is. Raise it where there is no cache between browsers and server.");

  static final List<Setting<?>> SETTINGS =
      List.of(ADDRESS, CORS_ORIGINS, STREAM_TOPIC, LONG_POLL_TIME, SSE_TIME);

  private HttpSettings() {}

  static HttpConfig from(SettingValues values) {
    return new HttpConfig(
        values.get(ADDRESS),
        new Cors(values.get(CORS_ORIGINS)),
        values.get(STREAM_TOPIC),
        values.get(LONG_POLL_TIME),
        values.get(SSE_TIME));
  }
}
