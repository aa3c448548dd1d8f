package io.rivulet.server.config;

import io.rivulet.server.http.Cors;
import io.rivulet.server.http.Hosts;
import io.rivulet.server.http.HttpConfig;
import io.rivulet.server.network.HostPort;
import io.rivulet.server.token.TokenConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
              + " https://chat.example; 'loopback' are pages served from this machine, '*' all. A topic"
              + " may name its own (cors-origins).");
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
  static final Setting<Integer> THREADS =
      new Setting<>(
          "http.threads",
          new ValueType.Count(1, 256, "threads"),
          2,
          "Event loops that serve connections over HTTP. Raise it on machines with many processors"
              + " if these threads (vert.x-eventloop-thread) are busy while others are not.");
  static final Setting<Integer> MAX_CONNECTIONS =
      new Setting<>(
          "http.max-connections",
          new ValueType.Count(1, 10_000_000, "connections"),
          16_384,
          "Connections over HTTP at a time; more are closed at once. Each is an open file: keep it"
              + " below what the process may open (ulimit -n), with room for the log and the index.");
  static final Setting<Integer> MAX_STREAMS =
      new Setting<>(
          "http.max-streams",
          new ValueType.Count(1, 100_000, "requests"),
          256,
          "Requests at a time on one connection of HTTP/2. Raise it for proxies that bundle many"
              + " readers on few connections.");
  static final Setting<Integer> MAX_READERS =
      new Setting<>(
          "http.max-readers",
          new ValueType.Count(1, 10_000_000, "readers"),
          100_000,
          "Readers of events at a time; more are asked to come again after some seconds, each after"
              + " another time. A reader takes about ten KiB of memory.");
  static final Setting<Integer> MAX_CATCH_UPS =
      new Setting<>(
          "http.max-catch-ups",
          new ValueType.Count(1, 100_000, "reads"),
          64,
          "Readers of events that read what is stored, at a time; the others wait in turn, as after a"
              + " restart. Each holds http.reader-page-bytes.");
  static final Setting<Long> READER_PAGE_BYTES =
      new Setting<>(
          "http.reader-page-bytes",
          new ValueType.ByteSize(1 << 10, 64 << 20),
          256L << 10,
          "Bytes of messages that one reader of events is given at a time, but for a single message:"
              + " so much is held for one that does not read.");
  static final Setting<Duration> SLOW_READER_TIME =
      new Setting<>(
          "http.slow-reader-time",
          new ValueType.Span(Duration.ofSeconds(1), Duration.ofHours(1)),
          Duration.ofSeconds(30),
          "How long the connection of a reader of events may take nothing before it is cut off. It"
              + " may come again, at the place where it was.");
  static final Setting<Boolean> DEMO_PAGE =
      new Setting<>(
          "http.demo-page",
          new ValueType.Flag(),
          false,
          "Whether the chat page of `rivulet demo web` is served, at /demo/. The demo switches it on"
              + " for its own server; without the demo nobody answers there.");

  static final Setting<Optional<Set<String>>> HOSTS =
      new Setting<>(
          "http.hosts",
          new ValueType.Perhaps<>(new ValueType.Words("hosts")),
          Optional.empty(),
          "Names by which the HTTP port may be asked, such as chat.example; 'loopback' are those of"
              + " this machine, '*' all. Without them: loopback if http.address is so, else all.");
  static final Setting<Security> SECURITY =
      new Setting<>(
          "http.security",
          new ValueType.Choice<>(Security.class),
          Security.OFF,
          "Whether requests over HTTP need a token that allows them; health and metrics need none."
              + " The gRPC port is not meant: keep it in a network that you trust.");
  static final Setting<Duration> TOKEN_MAX_TIME =
      new Setting<>(
          "http.token-max-time",
          new ValueType.Span(Duration.ofMinutes(1), Duration.ofDays(3650)),
          Duration.ofDays(90),
          "The longest that a token made here may hold, and how long those of a key are taken after"
              + " another one signs.");
  static final Setting<Optional<Path>> TOKEN_KEYS =
      new Setting<>(
          "http.token-keys",
          new ValueType.Perhaps<>(new ValueType.FilePath()),
          Optional.empty(),
          "File with a JSON Web Key Set of others, such as your identity provider, whose tokens are"
              + " taken as well. It is read again when it changes.");
  static final Setting<Optional<String>> TOKEN_AUDIENCE =
      new Setting<>(
          "http.token-audience",
          new ValueType.Perhaps<>(new ValueType.Text()),
          Optional.empty(),
          "What tokens signed with http.token-keys must be meant for (their claim aud).");
  static final Setting<Duration> RECEIVE_TIME =
      new Setting<>(
          "http.receive-time",
          new ValueType.Span(Duration.ofSeconds(1), Duration.ofSeconds(110)),
          Duration.ofSeconds(30),
          "How long a REST call may wait for messages (its wait). Keep it below the idle time of"
              + " proxies on the way; connections that are idle for 120 s are closed.");
  static final Setting<Duration> REQUEST_TIME =
      new Setting<>(
          "http.request-time",
          new ValueType.Span(Duration.ofSeconds(1), Duration.ofSeconds(110)),
          Duration.ofSeconds(110),
          "How long a REST request may wait for its reply (its timeout). Lower it where proxies on"
              + " the way give up earlier.");
  static final Setting<String> REPLY_TOPIC =
      new Setting<>(
          "http.reply-topic",
          new ValueType.TopicName(),
          "replies",
          "The LITE topic through which replies to REST requests come, each through a lite topic of"
              + " its own. It is made by the first request.");
  static final Setting<Duration> REPLY_TTL =
      new Setting<>(
          "http.reply-ttl",
          new ValueType.Span(Duration.ofSeconds(1), Duration.ofDays(7)),
          Duration.ofMinutes(10),
          "How long a reply is kept that came when nobody waited any more; holds for a reply topic"
              + " that is made.");
  static final Setting<Integer> MAX_WAITING =
      new Setting<>(
          "http.max-waiting",
          new ValueType.Count(1, 1_000_000, "calls"),
          10_000,
          "REST calls that wait for messages or replies at once; more are refused with 429. Raise it"
              + " for many slow workers behind HTTP.");

  static final Setting<Optional<String>> PUBLIC_URL =
      new Setting<>(
          "http.public-url",
          new ValueType.Perhaps<>(new ValueType.Url()),
          Optional.empty(),
          "How the HTTP port is reached by subscribers to streams, such as https://streams.example:"
              + " webhooks are told to call back there. Without it, by http.address.");
  static final Setting<HttpConfig.Loopback> WEBHOOK_LOOPBACK =
      new Setting<>(
          "http.webhook-loopback",
          new ValueType.Choice<>(HttpConfig.Loopback.class),
          HttpConfig.Loopback.AUTO,
          "Whether webhooks may be on this machine; 'auto': while http.address is on the loopback"
              + " network, so that who subscribes could ask there himself.");
  static final Setting<Optional<Set<String>>> WEBHOOK_HOSTS =
      new Setting<>(
          "http.webhook-hosts",
          new ValueType.Perhaps<>(new ValueType.Words("hosts")),
          Optional.empty(),
          "Hosts that webhooks may have although their addresses are not public, as they stand in"
              + " URLs. Name those of your own network that are meant to be asked.");
  static final Setting<Duration> WEBHOOK_TIMEOUT =
      new Setting<>(
          "http.webhook-timeout",
          new ValueType.Span(Duration.ofMillis(100), Duration.ofMinutes(10)),
          Duration.ofSeconds(10),
          "How long a webhook has for its answer, and never longer than the lease of its"
              + " subscription. Raise it for receivers that work before they answer.");
  static final Setting<Integer> WEBHOOK_CONCURRENCY =
      new Setting<>(
          "http.webhook-concurrency",
          new ValueType.Count(1, 4096, "requests"),
          64,
          "Requests to webhooks, and appends to wake streams, that may be under way at a time; other"
              + " subscribers wait (rivulet_wakes_waiting).");
  static final Setting<Duration> WEBHOOK_BACKOFF =
      new Setting<>(
          "http.webhook-backoff",
          new ValueType.Span(Duration.ofMillis(10), Duration.ofMinutes(10)),
          Duration.ofSeconds(1),
          "The pause after the first attempt to wake a subscriber that failed; it doubles with each"
              + " further one, and is spread by a fifth.");
  static final Setting<Duration> WEBHOOK_MAX_BACKOFF =
      new Setting<>(
          "http.webhook-max-backoff",
          new ValueType.Span(Duration.ofMillis(10), Duration.ofHours(1)),
          Duration.ofSeconds(60),
          "The longest such pause. A subscriber that is away hears of it that late when it is back.");
  static final Setting<Duration> WEBHOOK_KEY_AGE =
      new Setting<>(
          "http.webhook-key-age",
          new ValueType.Span(Duration.ofHours(1), Duration.ofDays(3650)),
          Duration.ofDays(90),
          "How old the key may be that signs requests to webhooks: at the next start another one is"
              + " made. The two before it stay published.");

  static final List<Setting<?>> SETTINGS =
      List.of(
          ADDRESS,
          PUBLIC_URL,
          HOSTS,
          THREADS,
          MAX_CONNECTIONS,
          MAX_STREAMS,
          CORS_ORIGINS,
          SECURITY,
          TOKEN_MAX_TIME,
          TOKEN_KEYS,
          TOKEN_AUDIENCE,
          STREAM_TOPIC,
          LONG_POLL_TIME,
          SSE_TIME,
          MAX_READERS,
          MAX_CATCH_UPS,
          READER_PAGE_BYTES,
          SLOW_READER_TIME,
          RECEIVE_TIME,
          REQUEST_TIME,
          REPLY_TOPIC,
          REPLY_TTL,
          MAX_WAITING,
          WEBHOOK_LOOPBACK,
          WEBHOOK_HOSTS,
          WEBHOOK_TIMEOUT,
          WEBHOOK_CONCURRENCY,
          WEBHOOK_BACKOFF,
          WEBHOOK_MAX_BACKOFF,
          WEBHOOK_KEY_AGE,
          DEMO_PAGE);

  /** Who may ask. */
  enum Security {
    OFF,
    TOKENS
  }

  private HttpSettings() {}

  static HttpConfig from(SettingValues values) {
    return new HttpConfig(
        values.get(ADDRESS),
        values.get(PUBLIC_URL),
        hosts(values),
        new Cors(values.get(CORS_ORIGINS)),
        new TokenConfig(
            values.get(SECURITY) == Security.TOKENS,
            values.get(TOKEN_MAX_TIME),
            values.get(TOKEN_KEYS),
            values.get(TOKEN_AUDIENCE)),
        values.get(STREAM_TOPIC),
        new HttpConfig.Connections(
            values.get(THREADS), values.get(MAX_CONNECTIONS), values.get(MAX_STREAMS)),
        values.get(LONG_POLL_TIME),
        new HttpConfig.Readers(
            values.get(SSE_TIME),
            values.get(MAX_READERS),
            values.get(MAX_CATCH_UPS),
            Math.toIntExact(values.get(READER_PAGE_BYTES)),
            values.get(SLOW_READER_TIME)),
        new HttpConfig.Waits(
            values.get(RECEIVE_TIME),
            values.get(REQUEST_TIME),
            values.get(REPLY_TOPIC),
            values.get(REPLY_TTL),
            values.get(MAX_WAITING)),
        new HttpConfig.Webhooks(
            values.get(WEBHOOK_LOOPBACK),
            values.get(WEBHOOK_HOSTS).orElse(Set.of()),
            values.get(WEBHOOK_TIMEOUT),
            values.get(WEBHOOK_CONCURRENCY),
            values.get(WEBHOOK_BACKOFF),
            values.get(WEBHOOK_MAX_BACKOFF),
            values.get(WEBHOOK_KEY_AGE)),
        values.get(DEMO_PAGE));
  }

  private static Hosts hosts(SettingValues values) {
    Set<String> whereItListens = Set.of(values.get(ADDRESS).isLoopback() ? Cors.LOOPBACK : "*");
    return new Hosts(values.get(HOSTS).orElse(whereItListens));
  }
}
