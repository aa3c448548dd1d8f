package io.rivulet.bench.compatibility;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

/** Owned by the test's thread. A message for the driver to send. */
public final class Outgoing {
  private final JsonObject json = new JsonObject();

  private Outgoing(String topic) {
    json.addProperty("topic", topic);
  }

  public static Outgoing text(String topic, String body) {
    Outgoing message = new Outgoing(topic);
    message.json.addProperty("body", body);
    return message;
  }

  /** A body of the alphabet, over and over, made by the driver. */
  static Outgoing ofSize(String topic, int bytes) {
    Outgoing message = new Outgoing(topic);
    message.json.addProperty("size", bytes);
    return message;
  }

  Outgoing tag(String tag) {
    json.addProperty("tag", tag);
    return this;
  }

  Outgoing keys(String... keys) {
    JsonArray array = new JsonArray();
    for (String key : keys) {
      array.add(key);
    }
    json.add("keys", array);
    return this;
  }

  public Outgoing messageGroup(String group) {
    json.addProperty("messageGroup", group);
    return this;
  }

  public Outgoing liteTopic(String name) {
    json.addProperty("liteTopic", name);
    return this;
  }

  Outgoing priority(int priority) {
    json.addProperty("priority", priority);
    return this;
  }

  Outgoing deliverAt(long epochMillis) {
    json.addProperty("deliverAtMillis", epochMillis);
    return this;
  }

  Outgoing property(String name, String value) {
    if (!json.has("properties")) {
      json.add("properties", new JsonObject());
    }
    json.getAsJsonObject("properties").addProperty(name, value);
    return this;
  }

  /** The listener fails it so many times before it succeeds. */
  Outgoing failing(int times) {
    return property("test-fail", Integer.toString(times));
  }

  JsonObject json() {
    return json;
  }
}
