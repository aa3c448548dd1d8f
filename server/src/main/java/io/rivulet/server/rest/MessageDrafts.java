package io.rivulet.server.rest;

import io.rivulet.engine.Engine;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.time.Clock;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.server.config.DurationText;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Safe for all threads: immutable. Messages out of the bodies and headers of requests. */
final class MessageDrafts {
  /** What the body is, if somebody said it. */
  static final String CONTENT_TYPE = "content-type";

  static final int MAX_MESSAGES = 10_000;
  static final String FORM = "application/x-www-form-urlencoded";
  private static final String HEADER = "rivulet-";
  private static final String PROPERTY_HEADER = HEADER + "property-";

  /** What can be said in headers, for help. */
  static final List<String> HEADERS =
      List.of(
          "Rivulet-Id",
          "Rivulet-Tag",
          "Rivulet-Keys",
          "Rivulet-Priority",
          "Rivulet-Cost",
          "Rivulet-Fairness-Key",
          "Rivulet-Deadline",
          "Rivulet-Delay",
          "Rivulet-Group");

  private final Engine engine;
  private final Clock clock;

  MessageDrafts(Engine engine, Clock clock) {
    this.engine = engine;
    this.clock = clock;
  }

  /**
   * The messages in the body of a request, whatever form they have.
   *
   * @throws IllegalArgumentException if they are none, with a sentence for the caller
   */
  List<Message> read(RestCall call, byte[] body) {
    Shapes.NewMessage inHeaders = ofHeaders(call.request);
    List<Message> messages = new ArrayList<>();
    switch (call.mediaType()) {
      case CloudEvent.STRUCTURED ->
          messages.add(of(call, inHeaders, CloudEvent.ofJson(Json.tree(body))));
      case CloudEvent.BATCH ->
          CloudEvent.ofBatch(Json.tree(body))
              .forEach(event -> messages.add(of(call, inHeaders, event)));
      case RestCall.JSON -> {
        if (CloudEvent.isBinary(call.request)) {
          messages.add(of(call, inHeaders, CloudEvent.ofBinary(call.request, body)));
        } else {
          readJson(call, Json.tree(body), messages);
        }
      }
      default -> {
        if (CloudEvent.isBinary(call.request)) {
          messages.add(of(call, inHeaders, CloudEvent.ofBinary(call.request, body)));
        } else {
          messages.add(of(call, inHeaders, Body.of(body), rawType(call), Map.of()));
        }
      }
    }
    if (messages.isEmpty() || messages.size() > MAX_MESSAGES) {
      throw new IllegalArgumentException(
          "1 to %,d messages are sent at once, not %,d".formatted(MAX_MESSAGES, messages.size()));
    }
    return messages;
  }

  private void readJson(RestCall call, JsonNode tree, List<Message> messages) {
    if (tree.has("messages")) {
      List<Shapes.NewMessage> all = Json.as(Shapes.NewMessages.class, tree).messages();
      int index = 0;
      for (Shapes.NewMessage each : Objects.requireNonNullElse(all, List.<Shapes.NewMessage>of())) {
        try {
          messages.add(of(call, each));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException("messages[" + index + "]: " + e.getMessage(), e);
        }
        index++;
      }
    } else {
      messages.add(of(call, Json.as(Shapes.NewMessage.class, tree)));
    }
  }

  /** What curl says of data without being told is no type. */
  private static @Nullable String rawType(RestCall call) {
    String type = call.request.getHeader("content-type");
    return type == null || call.mediaType().equals(FORM) ? null : type;
  }

  private Message of(RestCall call, Shapes.@Nullable NewMessage message) {
    if (message == null) {
      throw new IllegalArgumentException("a message is a JSON object, not null");
    }
    int bodies =
        (message.text() == null ? 0 : 1)
            + (message.json() == null ? 0 : 1)
            + (message.base64() == null ? 0 : 1);
    if (bodies != 1) {
      throw new IllegalArgumentException(
          "a message has a body: exactly one of text, json and base64, not " + bodies);
    }
    if (message.json() != null) {
      return of(call, message, Body.of(Json.write(message.json())), RestCall.JSON, Map.of());
    }
    if (message.text() != null) {
      return of(
          call, message, Body.of(message.text().getBytes(StandardCharsets.UTF_8)), null, Map.of());
    }
    try {
      byte[] body = Base64.getDecoder().decode(Objects.requireNonNullElse(message.base64(), ""));
      return of(call, message, Body.of(body), null, Map.of());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("base64 is no base64: " + e.getMessage(), e);
    }
  }

  /** The event's source and id together say which it is: one that comes again is stored once. */
  private Message of(RestCall call, Shapes.NewMessage inHeaders, CloudEvent event) {
    boolean isFifo =
        engine.topic(call.topic()).filter(topic -> topic.type() == TopicType.FIFO).isPresent();
    String group =
        inHeaders.group() == null && isFifo
            ? event.attributes().get("partitionkey")
            : inHeaders.group();
    Shapes.NewMessage dress =
        new Shapes.NewMessage(
            null,
            null,
            null,
            inHeaders.id() == null ? event.messageId() : inHeaders.id(),
            inHeaders.tag(),
            inHeaders.keys() == null ? List.of(event.id()) : inHeaders.keys(),
            inHeaders.properties(),
            inHeaders.priority(),
            inHeaders.cost(),
            inHeaders.fairnessKey(),
            inHeaders.deadline(),
            inHeaders.delay(),
            group);
    return of(call, dress, event.data(), event.contentType(), event.properties());
  }

  private Message of(
      RestCall call,
      Shapes.NewMessage dress,
      Body body,
      @Nullable String contentType,
      Map<String, String> more) {
    Map<String, String> properties = new LinkedHashMap<>();
    if (contentType != null) {
      properties.put(CONTENT_TYPE, contentType);
    }
    properties.putAll(more);
    if (dress.properties() != null) {
      properties.putAll(dress.properties());
    }
    if (dress.cost() != null) {
      properties.put(Demand.COST_PROPERTY, Integer.toString(dress.cost()));
    }
    if (dress.fairnessKey() != null) {
      properties.put(Fairness.DEFAULT_PROPERTY, dress.fairnessKey());
    }
    if (dress.deadline() != null) {
      properties.put(Demand.DEADLINE_PROPERTY, Long.toString(timeOf("deadline", dress.deadline())));
    }
    if (dress.priority() != null && dress.priority() < 0) {
      throw new IllegalArgumentException("priority is 0 or more, not " + dress.priority());
    }
    if (properties.containsValue(null)) {
      throw new IllegalArgumentException("properties are texts, none of them null");
    }
    boolean isOrdered = call.lite() != null || dress.group() != null;
    if (dress.priority() != null && isOrdered) {
      properties.put(Demand.PRIORITY_PROPERTY, Integer.toString(dress.priority()));
    }
    return Message.builder(
            call.topic(),
            Objects.requireNonNullElseGet(dress.id(), () -> UUID.randomUUID().toString()),
            body)
        .tag(dress.tag())
        .keys(Objects.requireNonNullElse(dress.keys(), List.of()))
        .properties(properties)
        .liteTopic(call.lite())
        .messageGroup(dress.group())
        .priority(dress.priority() == null || isOrdered ? Message.NO_PRIORITY : dress.priority())
        .deliverAt(dress.delay() == null ? 0 : Math.max(1, timeOf("delay", dress.delay())))
        .born(clock.wallMillis(), call.request.remoteAddress().host())
        .traceContext(call.request.getHeader("traceparent"))
        .build();
  }

  private long timeOf(String name, String text) {
    try {
      return clock.wallMillis() + DurationText.parse(text).toMillis();
    } catch (IllegalArgumentException noDuration) {
      try {
        return OffsetDateTime.parse(text).toInstant().toEpochMilli();
      } catch (DateTimeException | ArithmeticException e) {
        throw new IllegalArgumentException(
            name
                + " is a time from now such as 30s, or as in RFC 3339 such as"
                + " 2030-01-31T12:00:00Z, not '"
                + text
                + "'",
            e);
      }
    }
  }

  private static Shapes.NewMessage ofHeaders(HttpServerRequest request) {
    Map<String, String> properties = new LinkedHashMap<>();
    for (Map.Entry<String, String> each : request.headers()) {
      String name = each.getKey().toLowerCase(Locale.ROOT);
      if (name.startsWith(PROPERTY_HEADER)) {
        properties.put(name.substring(PROPERTY_HEADER.length()), each.getValue());
      } else if (name.startsWith(HEADER)
          && HEADERS.stream().noneMatch(known -> known.equalsIgnoreCase(name))) {
        throw new IllegalArgumentException(
            "there is no header '%s'; allowed: %s, Rivulet-Property-{name}"
                .formatted(each.getKey(), String.join(", ", HEADERS)));
      }
    }
    String keys = request.getHeader("rivulet-keys");
    return new Shapes.NewMessage(
        null,
        null,
        null,
        request.getHeader("rivulet-id"),
        request.getHeader("rivulet-tag"),
        keys == null ? null : List.of(keys.strip().split("\\s*,\\s*", -1)),
        properties,
        number(request, "Rivulet-Priority", 0, Integer.MAX_VALUE),
        number(request, "Rivulet-Cost", 1, Demand.MAX_COST),
        request.getHeader("rivulet-fairness-key"),
        request.getHeader("rivulet-deadline"),
        request.getHeader("rivulet-delay"),
        request.getHeader("rivulet-group"));
  }

  private static @Nullable Integer number(
      HttpServerRequest request, String header, int min, int max) {
    String text = request.getHeader(header);
    return text == null ? null : RestCall.count(header, text.strip(), min, max);
  }
}
