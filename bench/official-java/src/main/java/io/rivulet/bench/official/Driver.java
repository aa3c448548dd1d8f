package io.rivulet.bench.official;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.apis.ClientConfiguration;
import org.apache.rocketmq.client.apis.ClientException;
import org.apache.rocketmq.client.apis.ClientServiceProvider;
import org.apache.rocketmq.client.apis.consumer.FilterExpression;
import org.apache.rocketmq.client.apis.consumer.FilterExpressionType;
import org.apache.rocketmq.client.apis.consumer.LitePushConsumer;
import org.apache.rocketmq.client.apis.consumer.OffsetOption;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.message.Message;
import org.apache.rocketmq.client.apis.message.MessageBuilder;
import org.apache.rocketmq.client.apis.message.MessageView;
import org.apache.rocketmq.client.apis.producer.Producer;
import org.apache.rocketmq.client.apis.producer.SendReceipt;

/** Safe for all threads: concurrent maps of what is open; each command runs on its own thread. */
final class Driver {
  private final ClientServiceProvider provider = ClientServiceProvider.loadService();
  private final Lines output;
  private final Map<String, Closeable> clients = new ConcurrentHashMap<>();
  private final Map<Long, MessageView> received = new ConcurrentHashMap<>();
  private final AtomicLong receivedCount = new AtomicLong();

  Driver(Lines output) {
    this.output = output;
  }

  /** Runs a command and answers it: {@code ok}, or the error that a user of the client sees. */
  @SuppressWarnings("CatchingUnchecked") // the top of a command's thread: a failure is its answer
  void run(JsonObject command) {
    JsonObject reply = new JsonObject();
    reply.add("n", command.get("n"));
    try {
      perform(command, reply);
      reply.addProperty("ok", true);
    } catch (Exception e) {
      reply.addProperty("ok", false);
      reply.addProperty("error", withCauses(e));
    }
    output.write(reply);
  }

  private static String withCauses(Throwable failure) {
    StringBuilder text = new StringBuilder(failure.toString());
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      text.append(" <- ").append(cause);
    }
    return text.toString();
  }

  private void perform(JsonObject command, JsonObject reply) throws ClientException, IOException {
    String what = command.get("do").getAsString();
    switch (what) {
      case "open" -> open(command);
      case "close" -> close(command);
      case "send" -> send(command, reply);
      case "recall" -> {
        String topic = command.get("topic").getAsString();
        String handle = command.get("handle").getAsString();
        reply.addProperty(
            "messageId",
            client(command, Producer.class).recallMessage(topic, handle).getMessageId().toString());
      }
      case "receive" -> receive(command, reply);
      case "ack" -> client(command, SimpleConsumer.class).ack(view(command));
      case "changeInvisible" ->
          client(command, SimpleConsumer.class)
              .changeInvisibleDuration(
                  view(command), Duration.ofMillis(command.get("millis").getAsLong()));
      case "subscribeLite" -> subscribeLite(command);
      case "unsubscribeLite" -> {
        for (JsonElement lite : command.getAsJsonArray("liteTopics")) {
          client(command, LitePushConsumer.class).unsubscribeLite(lite.getAsString());
        }
      }
      case "liteTopics" -> {
        JsonArray names = new JsonArray();
        client(command, LitePushConsumer.class).getLiteTopicSet().forEach(names::add);
        reply.add("liteTopics", names);
      }
      default -> throw new IllegalArgumentException("unknown command " + what);
    }
  }

  private void open(JsonObject command) throws ClientException {
    String name = command.get("as").getAsString();
    String kind = command.get("kind").getAsString();
    Closeable client =
        switch (kind) {
          case "producer" -> producer(command);
          case "push" -> push(command);
          case "simple" -> simple(command);
          case "lite" -> lite(command);
          default -> throw new IllegalArgumentException("unknown kind of client " + kind);
        };
    clients.put(name, client);
  }

  private void close(JsonObject command) throws IOException {
    Closeable client = clients.remove(command.get("as").getAsString());
    if (client != null) {
      client.close();
    }
  }

  private static ClientConfiguration configuration(JsonObject command) {
    return ClientConfiguration.newBuilder()
        .setEndpoints(command.get("endpoint").getAsString())
        .enableSsl(command.get("tls").getAsBoolean())
        .setRequestTimeout(Duration.ofMillis(command.get("requestTimeoutMillis").getAsLong()))
        .build();
  }

  private Producer producer(JsonObject command) throws ClientException {
    return provider
        .newProducerBuilder()
        .setClientConfiguration(configuration(command))
        .setTopics(strings(command, "topics").toArray(String[]::new))
        .build();
  }

  private Closeable push(JsonObject command) throws ClientException {
    return provider
        .newPushConsumerBuilder()
        .setClientConfiguration(configuration(command))
        .setConsumerGroup(command.get("group").getAsString())
        .setSubscriptionExpressions(subscriptions(command))
        .setMessageListener(new ScriptedListener(command.get("as").getAsString(), output))
        .build();
  }

  private SimpleConsumer simple(JsonObject command) throws ClientException {
    return provider
        .newSimpleConsumerBuilder()
        .setClientConfiguration(configuration(command))
        .setConsumerGroup(command.get("group").getAsString())
        .setSubscriptionExpressions(subscriptions(command))
        .setAwaitDuration(Duration.ofMillis(command.get("awaitMillis").getAsLong()))
        .build();
  }

  private LitePushConsumer lite(JsonObject command) throws ClientException {
    return provider
        .newLitePushConsumerBuilder()
        .setClientConfiguration(configuration(command))
        .setConsumerGroup(command.get("group").getAsString())
        .bindTopic(command.get("topic").getAsString())
        .setMessageListener(new ScriptedListener(command.get("as").getAsString(), output))
        .build();
  }

  private static Map<String, FilterExpression> subscriptions(JsonObject command) {
    return Collections.singletonMap(
        command.get("topic").getAsString(),
        new FilterExpression(command.get("filter").getAsString(), FilterExpressionType.TAG));
  }

  private void send(JsonObject command, JsonObject reply) throws ClientException {
    Producer producer = client(command, Producer.class);
    JsonArray ids = new JsonArray();
    JsonArray handles = new JsonArray();
    for (JsonElement message : command.getAsJsonArray("messages")) {
      SendReceipt receipt = producer.send(message(message.getAsJsonObject()));
      ids.add(receipt.getMessageId().toString());
      handles.add(receipt.getRecallHandle());
    }
    reply.add("messageIds", ids);
    reply.add("recallHandles", handles);
  }

  private Message message(JsonObject json) {
    byte[] body =
        json.has("size")
            ? Views.alphabet(json.get("size").getAsInt())
            : json.get("body").getAsString().getBytes(StandardCharsets.UTF_8);
    MessageBuilder builder =
        provider.newMessageBuilder().setTopic(json.get("topic").getAsString()).setBody(body);
    if (json.has("tag")) {
      builder.setTag(json.get("tag").getAsString());
    }
    if (json.has("keys")) {
      builder.setKeys(strings(json, "keys").toArray(String[]::new));
    }
    if (json.has("messageGroup")) {
      builder.setMessageGroup(json.get("messageGroup").getAsString());
    }
    if (json.has("liteTopic")) {
      builder.setLiteTopic(json.get("liteTopic").getAsString());
    }
    if (json.has("priority")) {
      builder.setPriority(json.get("priority").getAsInt());
    }
    if (json.has("deliverAtMillis")) {
      builder.setDeliveryTimestamp(json.get("deliverAtMillis").getAsLong());
    }
    if (json.has("properties")) {
      json.getAsJsonObject("properties")
          .entrySet()
          .forEach(entry -> builder.addProperty(entry.getKey(), entry.getValue().getAsString()));
    }
    return builder.build();
  }

  private void receive(JsonObject command, JsonObject reply) throws ClientException {
    List<MessageView> views =
        client(command, SimpleConsumer.class)
            .receive(
                command.get("max").getAsInt(),
                Duration.ofMillis(command.get("invisibleMillis").getAsLong()));
    JsonArray messages = new JsonArray();
    for (MessageView view : views) {
      long key = receivedCount.incrementAndGet();
      received.put(key, view);
      JsonObject described = Views.describe(view);
      described.addProperty("key", key);
      messages.add(described);
    }
    reply.add("messages", messages);
  }

  private void subscribeLite(JsonObject command) throws ClientException {
    LitePushConsumer consumer = client(command, LitePushConsumer.class);
    for (JsonElement lite : command.getAsJsonArray("liteTopics")) {
      if (command.has("offset")) {
        consumer.subscribeLite(lite.getAsString(), offset(command.getAsJsonObject("offset")));
      } else {
        consumer.subscribeLite(lite.getAsString());
      }
    }
  }

  private static OffsetOption offset(JsonObject json) {
    String type = json.get("type").getAsString();
    return switch (type) {
      case "last" -> OffsetOption.LAST_OFFSET;
      case "min" -> OffsetOption.MIN_OFFSET;
      case "max" -> OffsetOption.MAX_OFFSET;
      case "at" -> OffsetOption.ofOffset(json.get("value").getAsLong());
      case "tail" -> OffsetOption.ofTailN(json.get("value").getAsLong());
      case "time" -> OffsetOption.ofTimestamp(json.get("value").getAsLong());
      default -> throw new IllegalArgumentException("unknown offset option " + type);
    };
  }

  private MessageView view(JsonObject command) {
    MessageView view = received.get(command.get("key").getAsLong());
    if (view == null) {
      throw new IllegalArgumentException("no such message " + command.get("key"));
    }
    return view;
  }

  private <T> T client(JsonObject command, Class<T> kind) {
    String name = command.get("as").getAsString();
    Closeable client = clients.get(name);
    if (client == null) {
      throw new IllegalArgumentException("no client is open as " + name);
    }
    return kind.cast(client);
  }

  private static List<String> strings(JsonObject json, String name) {
    return json.getAsJsonArray(name).asList().stream().map(JsonElement::getAsString).toList();
  }
}
