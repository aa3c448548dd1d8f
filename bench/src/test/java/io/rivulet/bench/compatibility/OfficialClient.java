package io.rivulet.bench.compatibility;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: concurrent maps of calls and consumers; one virtual thread reads the
 * driver's lines. An official client's driver in a process of its own.
 */
public final class OfficialClient implements AutoCloseable {
  /** How long anything that is expected may take on a busy machine. */
  static final Duration PATIENCE = Duration.ofMinutes(3);

  /** Clients' own default is 3 s, which a cold start on a busy machine misses. */
  private static final Duration PATIENT_REQUESTS = Duration.ofSeconds(15);

  private static final Map<Language, OfficialClient> SHARED = new ConcurrentHashMap<>();
  private static final AtomicLong NAMES = new AtomicLong();

  private final Process process;
  private final Duration requestTimeout;
  private final PrintStream lines;
  private final Map<Long, CompletableFuture<JsonObject>> calls = new ConcurrentHashMap<>();
  private final Map<String, OfficialConsumer> consumers = new ConcurrentHashMap<>();
  private final AtomicLong callCount = new AtomicLong();

  private OfficialClient(Process process, Duration requestTimeout) {
    this.process = process;
    this.requestTimeout = requestTimeout;
    this.lines = new PrintStream(process.getOutputStream(), false, UTF_8);
    Thread.ofVirtual().name("driver-reader").start(this::readLines);
  }

  /** The driver that all tests of this JVM share; it ends with the JVM. */
  static OfficialClient of(Language language) {
    return SHARED.computeIfAbsent(language, OfficialClient::start);
  }

  /** A driver of its own, for tests that end it or give it another environment. */
  public static OfficialClient start(Language language) {
    return start(language, Map.of());
  }

  static OfficialClient start(Language language, Map<String, String> environment) {
    return start(language, environment, PATIENT_REQUESTS);
  }

  /** The same, for tests in which requests are not to be waited for as long. */
  public static OfficialClient start(
      Language language, Map<String, String> environment, Duration requestTimeout) {
    ProcessBuilder builder = DriverCommand.of(language);
    builder.environment().putAll(environment);
    try {
      return new OfficialClient(builder.start(), requestTimeout);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonObject command(String what, String name) {
    JsonObject command = new JsonObject();
    command.addProperty("do", what);
    command.addProperty("as", name);
    return command;
  }

  /** Runs a command in the driver; what the client's user would see thrown is thrown. */
  JsonObject call(JsonObject command) {
    long number = callCount.incrementAndGet();
    command.addProperty("n", number);
    CompletableFuture<JsonObject> answer = new CompletableFuture<>();
    calls.put(number, answer);
    synchronized (lines) {
      lines.println(command);
      lines.flush();
    }
    try {
      JsonObject reply = answer.get(2 * PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (!reply.get("ok").getAsBoolean()) {
        throw new OfficialClientException(reply.get("error").getAsString());
      }
      return reply;
    } catch (TimeoutException e) {
      throw new OfficialClientException("no answer to " + command);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the driver ended", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  public OfficialProducer producer(Target target, String... topics) {
    JsonObject command = opening("producer", target);
    JsonArray array = new JsonArray();
    for (String topic : topics) {
      array.add(topic);
    }
    command.add("topics", array);
    call(command);
    return new OfficialProducer(this, command.get("as").getAsString());
  }

  OfficialConsumer pushConsumer(Target target, String group, String topic, String filter) {
    return consumer("push", target, group, topic, filter);
  }

  public OfficialConsumer pushConsumer(Target target, String group, String topic) {
    return consumer("push", target, group, topic, "*");
  }

  public OfficialConsumer simpleConsumer(Target target, String group, String topic) {
    return consumer("simple", target, group, topic, "*");
  }

  OfficialConsumer simpleConsumer(Target target, String group, String topic, String filter) {
    return consumer("simple", target, group, topic, filter);
  }

  OfficialConsumer liteConsumer(Target target, String group, String topic) {
    return consumer("lite", target, group, topic, "*");
  }

  /** One that keeps nothing: what it hears is said to whoever asked for it. */
  public OfficialConsumer liteConsumer(
      Target target, String group, String topic, Consumer<ReceivedMessage> listener) {
    return consumer("lite", target, group, topic, "*", listener);
  }

  private OfficialConsumer consumer(
      String kind, Target target, String group, String topic, String filter) {
    return consumer(kind, target, group, topic, filter, null);
  }

  private OfficialConsumer consumer(
      String kind,
      Target target,
      String group,
      String topic,
      String filter,
      @Nullable Consumer<ReceivedMessage> listener) {
    JsonObject command = opening(kind, target);
    command.addProperty("group", group);
    command.addProperty("topic", topic);
    command.addProperty("filter", filter);
    command.addProperty("awaitMillis", 5_000);
    String name = command.get("as").getAsString();
    OfficialConsumer consumer = new OfficialConsumer(this, name, listener);
    consumers.put(name, consumer);
    call(command);
    return consumer;
  }

  private JsonObject opening(String kind, Target target) {
    JsonObject command = command("open", kind + NAMES.incrementAndGet());
    command.addProperty("kind", kind);
    command.addProperty("endpoint", target.endpoint());
    command.addProperty("tls", target.tls());
    command.addProperty("requestTimeoutMillis", requestTimeout.toMillis());
    return command;
  }

  private void readLines() {
    try (BufferedReader reader = process.inputReader(UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        handle(JsonParser.parseString(line).getAsJsonObject());
      }
    } catch (IOException e) {
      System.err.println("the driver's output broke off: " + e);
    }
    calls.values().forEach(call -> call.completeExceptionally(new IOException("driver ended")));
  }

  private void handle(JsonObject line) {
    if (line.has("event")) {
      OfficialConsumer consumer = consumers.get(line.get("as").getAsString());
      if (consumer != null) {
        consumer.heard(
            ReceivedMessage.of(line.getAsJsonObject("message"), line.get("result").getAsString()));
      }
      return;
    }
    CompletableFuture<JsonObject> call = calls.remove(line.get("n").getAsLong());
    if (call != null) {
      call.complete(line);
    }
  }

  /** Kills the driver: to the server, its clients vanish without a word. */
  @Override
  public void close() {
    process.destroyForcibly();
  }
}
