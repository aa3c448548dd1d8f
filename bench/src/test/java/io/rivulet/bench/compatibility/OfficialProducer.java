package io.rivulet.bench.compatibility;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Arrays;
import java.util.List;

/** Safe for all threads: holds nothing but its name in the driver. */
public final class OfficialProducer {
  private final OfficialClient client;
  private final String name;

  OfficialProducer(OfficialClient client, String name) {
    this.client = client;
    this.name = name;
  }

  /** Sends one after the other and returns their message ids. */
  public List<String> send(Outgoing... messages) {
    return send(Arrays.asList(messages));
  }

  /** Sends one message and returns its recall handle. */
  String sendForRecall(Outgoing message) {
    JsonObject command = OfficialClient.command("send", name);
    JsonArray array = new JsonArray();
    array.add(message.json());
    command.add("messages", array);
    return client.call(command).getAsJsonArray("recallHandles").get(0).getAsString();
  }

  /** Recalls a message and returns its id. */
  String recall(String topic, String handle) {
    JsonObject command = OfficialClient.command("recall", name);
    command.addProperty("topic", topic);
    command.addProperty("handle", handle);
    return client.call(command).get("messageId").getAsString();
  }

  List<String> send(List<Outgoing> messages) {
    JsonObject command = OfficialClient.command("send", name);
    JsonArray array = new JsonArray();
    messages.forEach(message -> array.add(message.json()));
    command.add("messages", array);
    return client.call(command).getAsJsonArray("messageIds").asList().stream()
        .map(JsonElement::getAsString)
        .toList();
  }
}
