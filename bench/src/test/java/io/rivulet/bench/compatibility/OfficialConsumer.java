package io.rivulet.bench.compatibility;

import static org.awaitility.Awaitility.await;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: what its listener reports is added by the driver's reader to a
 * copy-on-write list.
 */
public final class OfficialConsumer {
  private final OfficialClient client;
  private final String name;
  private final @Nullable Consumer<ReceivedMessage> listener;
  private final List<ReceivedMessage> heard = new CopyOnWriteArrayList<>();

  OfficialConsumer(
      OfficialClient client, String name, @Nullable Consumer<ReceivedMessage> listener) {
    this.client = client;
    this.name = name;
    this.listener = listener;
  }

  void heard(ReceivedMessage message) {
    if (listener == null) {
      heard.add(message);
    } else {
      listener.accept(message);
    }
  }

  /** What the listener was given so far, in order. */
  List<ReceivedMessage> messages() {
    return List.copyOf(heard);
  }

  List<String> bodies() {
    return heard.stream().map(ReceivedMessage::body).toList();
  }

  /** Waits until the listener was given at least so many messages. */
  List<ReceivedMessage> awaitMessages(int count) {
    return awaitMessages(count, OfficialClient.PATIENCE);
  }

  List<ReceivedMessage> awaitMessages(int count, Duration patience) {
    await("messages of " + name)
        .atMost(patience)
        .pollInterval(Duration.ofMillis(20))
        .until(heard::size, size -> size >= count);
    return messages();
  }

  /** Waits until the listener was given a message like this, and returns the first. */
  ReceivedMessage awaitMessage(Predicate<ReceivedMessage> like) {
    await("a message of " + name)
        .atMost(OfficialClient.PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> heard.stream().anyMatch(like));
    return heard.stream().filter(like).findFirst().orElseThrow();
  }

  public List<ReceivedMessage> receive(int max, Duration invisible) {
    JsonObject command = OfficialClient.command("receive", name);
    command.addProperty("max", max);
    command.addProperty("invisibleMillis", invisible.toMillis());
    List<ReceivedMessage> messages = new ArrayList<>();
    for (JsonElement message : client.call(command).getAsJsonArray("messages")) {
      messages.add(ReceivedMessage.of(message.getAsJsonObject(), ""));
    }
    return messages;
  }

  /** Receives again and again, without acknowledging, until there are at least so many. */
  List<ReceivedMessage> receiveAtLeast(int count, Duration invisible) {
    List<ReceivedMessage> messages = new ArrayList<>();
    await("received by " + name)
        .atMost(OfficialClient.PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> {
          messages.addAll(receive(32, invisible));
          return messages.size() >= count;
        });
    return messages;
  }

  public void acknowledge(ReceivedMessage message) {
    JsonObject command = OfficialClient.command("ack", name);
    command.addProperty("key", message.key());
    client.call(command);
  }

  void acknowledge(List<ReceivedMessage> messages) {
    messages.forEach(this::acknowledge);
  }

  void changeInvisible(ReceivedMessage message, Duration invisible) {
    JsonObject command = OfficialClient.command("changeInvisible", name);
    command.addProperty("key", message.key());
    command.addProperty("millis", invisible.toMillis());
    client.call(command);
  }

  public void subscribe(List<String> liteTopics) {
    client.call(liteCommand("subscribeLite", liteTopics));
  }

  void subscribe(String liteTopic) {
    subscribe(List.of(liteTopic));
  }

  /**
   * Subscribes from an offset option.
   *
   * @param type last, min, max, at, tail or time
   * @param value of at, tail and time
   */
  void subscribeFrom(String liteTopic, String type, long value) {
    JsonObject command = liteCommand("subscribeLite", List.of(liteTopic));
    JsonObject offset = new JsonObject();
    offset.addProperty("type", type);
    offset.addProperty("value", value);
    command.add("offset", offset);
    client.call(command);
  }

  void unsubscribe(String liteTopic) {
    client.call(liteCommand("unsubscribeLite", List.of(liteTopic)));
  }

  Set<String> liteTopics() {
    JsonObject reply = client.call(OfficialClient.command("liteTopics", name));
    Set<String> names = new TreeSet<>();
    reply.getAsJsonArray("liteTopics").forEach(lite -> names.add(lite.getAsString()));
    return names;
  }

  /** Closes it and waits for that. */
  void close() {
    client.call(OfficialClient.command("close", name));
  }

  private JsonObject liteCommand(String what, List<String> liteTopics) {
    JsonObject command = OfficialClient.command(what, name);
    JsonArray array = new JsonArray();
    liteTopics.forEach(array::add);
    command.add("liteTopics", array);
    return command;
  }
}
