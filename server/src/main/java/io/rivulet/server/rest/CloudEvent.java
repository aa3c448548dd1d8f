package io.rivulet.server.rest;

import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.server.http.StoredBody;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.util.RawValue;

/**
 * Immutable. An event as in CloudEvents 1.0, in the forms of its HTTP binding. In a message each
 * attribute is a property {@code ce_}name, so that whoever reads the event gets all of them back;
 * they are texts then.
 *
 * @param contentType what the data is; null: nobody said it
 */
record CloudEvent(Map<String, String> attributes, Body data, @Nullable String contentType) {
  static final String STRUCTURED = "application/cloudevents+json";
  static final String BATCH = "application/cloudevents-batch+json";

  private static final String HEADER = "ce-";
  private static final String PROPERTY = "ce_";
  private static final String DATA_TYPE = "datacontenttype";
  private static final String VERSION = "1.0";
  private static final List<String> REQUIRED = List.of("specversion", "id", "source", "type");
  private static final Pattern NAME = Pattern.compile("[a-z0-9]{1,100}");

  /** What a message is that was sent by somebody who does not know events. */
  private static final String PLAIN_TYPE = "io.rivulet.message";

  // ---- reading

  /** Whether the request is an event in binary mode. */
  static boolean isBinary(HttpServerRequest request) {
    return request.getHeader("ce-specversion") != null || request.getHeader("ce-id") != null;
  }

  static CloudEvent ofBinary(HttpServerRequest request, byte[] body) {
    Map<String, String> attributes = new TreeMap<>();
    for (Map.Entry<String, String> each : request.headers()) {
      String name = each.getKey().toLowerCase(Locale.ROOT);
      if (name.startsWith(HEADER)) {
        put(attributes, name.substring(HEADER.length()), unescape(each.getValue()));
      }
    }
    String contentType = request.getHeader("content-type");
    if (contentType != null && !RestCall.mediaType(contentType).equals(MessageDrafts.FORM)) {
      attributes.put(DATA_TYPE, contentType);
    }
    return new CloudEvent(required(attributes), Body.of(body), attributes.get(DATA_TYPE));
  }

  static List<CloudEvent> ofBatch(JsonNode tree) {
    if (!tree.isArray()) {
      throw new IllegalArgumentException("a batch of events is a JSON array");
    }
    List<CloudEvent> events = new ArrayList<>(tree.size());
    for (int i = 0; i < tree.size(); i++) {
      try {
        events.add(ofJson(tree.get(i)));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("[" + i + "]: " + e.getMessage(), e);
      }
    }
    return events;
  }

  static CloudEvent ofJson(JsonNode tree) {
    if (!tree.isObject()) {
      throw new IllegalArgumentException("an event is a JSON object");
    }
    Map<String, String> attributes = new TreeMap<>();
    for (Map.Entry<String, JsonNode> each : tree.properties()) {
      JsonNode value = each.getValue();
      if (each.getKey().equals("data") || each.getKey().equals("data_base64") || value.isNull()) {
        continue;
      }
      if (value.isContainer()) {
        throw new IllegalArgumentException(
            "the attribute '" + each.getKey() + "' is a text, a number or true or false");
      }
      put(attributes, each.getKey(), value.asString());
    }
    if (tree.has("data") && tree.has("data_base64")) {
      throw new IllegalArgumentException("an event has data or data_base64, not both");
    }
    return new CloudEvent(
        required(attributes), Body.of(data(tree, attributes)), typeOf(tree, attributes));
  }

  private static byte[] data(JsonNode tree, Map<String, String> attributes) {
    JsonNode data = tree.get("data");
    if (data != null) {
      String type = attributes.get(DATA_TYPE);
      return type != null && !isJson(type) && data.isString()
          ? data.asString().getBytes(StandardCharsets.UTF_8)
          : Json.write(data);
    }
    JsonNode base64 = tree.get("data_base64");
    try {
      return base64 == null ? new byte[0] : Base64.getDecoder().decode(base64.asString());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("data_base64 is no base64: " + e.getMessage(), e);
    }
  }

  /** JSON without a type says that it is JSON itself. */
  private static @Nullable String typeOf(JsonNode tree, Map<String, String> attributes) {
    String type = attributes.get(DATA_TYPE);
    return type == null && tree.has("data") ? RestCall.JSON : type;
  }

  private static void put(Map<String, String> attributes, String name, String value) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'" + name + "' is no attribute of an event: 1 to 100 characters out of a-z 0-9");
    }
    attributes.put(name, value);
  }

  private static Map<String, String> required(Map<String, String> attributes) {
    for (String each : REQUIRED) {
      if (attributes.getOrDefault(each, "").isEmpty()) {
        throw new IllegalArgumentException(
            "an event has the attributes %s; '%s' is missing"
                .formatted(String.join(", ", REQUIRED), each));
      }
    }
    if (!VERSION.equals(attributes.get("specversion"))) {
      throw new IllegalArgumentException(
          "specversion is 1.0, not '" + attributes.get("specversion") + "'");
    }
    return attributes;
  }

  String id() {
    return Objects.requireNonNull(attributes.get("id"));
  }

  /** The same for the same event only. */
  String messageId() {
    try {
      String unique = attributes.get("source") + "\0" + id();
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(unique.getBytes(StandardCharsets.UTF_8));
      return "ce-" + Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The attributes as a message carries them. */
  Map<String, String> properties() {
    Map<String, String> properties = new LinkedHashMap<>();
    attributes.forEach((name, value) -> properties.put(PROPERTY + name, value));
    return properties;
  }

  // ---- writing

  /**
   * A stored message as an event in JSON: the one that it was, or one made of what is known of it.
   *
   * @param more extension attributes
   */
  static Map<String, Object> toJson(StoredMessage stored, Map<String, Object> more) {
    Message message = stored.message();
    Map<String, Object> json = new LinkedHashMap<>();
    message
        .properties()
        .forEach((name, value) -> {
          if (name.startsWith(PROPERTY)
              && NAME.matcher(name.substring(PROPERTY.length())).matches()) {
            json.put(name.substring(PROPERTY.length()), value);
          }
        });
    String type = message.properties().get(MessageDrafts.CONTENT_TYPE);
    json.putIfAbsent("specversion", VERSION);
    json.putIfAbsent("id", message.id());
    json.putIfAbsent(
        "source",
        "/v1/topics/"
            + RestCall.encode(message.topic())
            + (message.liteTopic() == null ? "" : "/lite/" + message.liteTopic()));
    json.putIfAbsent("type", PLAIN_TYPE);
    json.putIfAbsent("time", Instant.ofEpochMilli(stored.storeMillis()).toString());
    if (type != null) {
      json.putIfAbsent(DATA_TYPE, type);
    }
    json.putAll(more);
    putData(json, StoredBody.of(message));
    return json;
  }

  private static void putData(Map<String, Object> json, byte[] body) {
    if (body.length == 0) {
      return;
    }
    Object type = json.get(DATA_TYPE);
    if (type != null && isJson(type.toString()) && Json.isValue(body)) {
      json.put("data", new RawValue(new String(body, StandardCharsets.UTF_8)));
      return;
    }
    String text = MessageViews.text(body);
    if (text == null) {
      json.put("data_base64", Base64.getEncoder().encodeToString(body));
      return;
    }
    if (type == null || isJson(type.toString())) {
      // A text without a type would be taken for JSON.
      json.put(DATA_TYPE, "text/plain");
    }
    json.put("data", text);
  }

  static boolean isJson(String contentType) {
    String bare = RestCall.mediaType(contentType);
    return bare.equals(RestCall.JSON) || bare.endsWith("+json") || bare.equals("text/json");
  }

  /** What a header's value stands for: bytes may be written as % and two digits. */
  private static String unescape(String value) {
    if (value.indexOf('%') < 0) {
      return value;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(value.length());
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      int high = c == '%' && i + 2 < value.length() ? digit(value, i + 1) : -1;
      int low = high < 0 ? -1 : digit(value, i + 2);
      if (low >= 0) {
        bytes.write((high << 4) | low);
        i += 2;
      } else {
        bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static int digit(String value, int index) {
    return Character.digit(value.charAt(index), 16);
  }
}
