package io.rivulet.bench.compatibility;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Immutable. A message as the user of an official client sees it.
 *
 * @param key names it in the driver (simple consumers); 0 in a listener
 * @param result what the listener answered; empty for simple consumers
 * @param body empty if longer than 4 KiB
 * @param deliverAtMillis when it was to be delivered at the earliest; 0: its producer did not say
 * @param atMillis when the user had it
 */
public record ReceivedMessage(
    long key,
    String result,
    String id,
    String topic,
    String body,
    int size,
    String md5,
    String tag,
    List<String> keys,
    String messageGroup,
    String liteTopic,
    int priority,
    long deliverAtMillis,
    int attempt,
    Map<String, String> properties,
    long atMillis) {

  static ReceivedMessage of(JsonObject json, String result) {
    Map<String, String> properties = new TreeMap<>();
    json.getAsJsonObject("properties")
        .entrySet()
        .forEach(entry -> properties.put(entry.getKey(), entry.getValue().getAsString()));
    return new ReceivedMessage(
        json.has("key") ? json.get("key").getAsLong() : 0,
        result,
        json.get("id").getAsString(),
        json.get("topic").getAsString(),
        text(json, "body"),
        json.get("size").getAsInt(),
        json.get("md5").getAsString(),
        text(json, "tag"),
        json.getAsJsonArray("keys").asList().stream().map(JsonElement::getAsString).toList(),
        text(json, "messageGroup"),
        text(json, "liteTopic"),
        json.has("priority") ? json.get("priority").getAsInt() : -1,
        json.has("deliverAtMillis") ? json.get("deliverAtMillis").getAsLong() : 0,
        json.has("attempt") ? json.get("attempt").getAsInt() : 0,
        properties,
        json.get("atMillis").getAsLong());
  }

  private static String text(JsonObject json, String name) {
    return json.has(name) ? json.get(name).getAsString() : "";
  }
}
