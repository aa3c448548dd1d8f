package io.rivulet.bench.official;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.rocketmq.client.apis.message.MessageView;

/** Immutable. What the driver tells about a received message. */
final class Views {
  private static final int MAX_TEXT_BYTES = 4096;

  private Views() {}

  static JsonObject describe(MessageView view) {
    byte[] body = new byte[view.getBody().remaining()];
    view.getBody().get(body);
    JsonObject json = new JsonObject();
    json.addProperty("id", view.getMessageId().toString());
    json.addProperty("topic", view.getTopic());
    json.addProperty("size", body.length);
    if (body.length <= MAX_TEXT_BYTES) {
      json.addProperty("body", new String(body, StandardCharsets.UTF_8));
    }
    json.addProperty("md5", md5(body));
    view.getTag().ifPresent(tag -> json.addProperty("tag", tag));
    JsonArray keys = new JsonArray();
    view.getKeys().forEach(keys::add);
    json.add("keys", keys);
    view.getMessageGroup().ifPresent(group -> json.addProperty("messageGroup", group));
    view.getLiteTopic().ifPresent(lite -> json.addProperty("liteTopic", lite));
    view.getPriority().ifPresent(priority -> json.addProperty("priority", priority));
    view.getDeliveryTimestamp().ifPresent(at -> json.addProperty("deliverAtMillis", at));
    json.addProperty("attempt", view.getDeliveryAttempt());
    JsonObject properties = new JsonObject();
    view.getProperties().forEach(properties::addProperty);
    json.add("properties", properties);
    json.addProperty("atMillis", System.currentTimeMillis());
    return json;
  }

  /** A body that both ends can make: the alphabet, over and over. */
  static byte[] alphabet(int size) {
    byte[] body = new byte[size];
    for (int index = 0; index < size; index++) {
      body[index] = (byte) ('a' + index % 26);
    }
    return body;
  }

  private static String md5(byte[] body) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(body));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has MD5", e);
    }
  }
}
