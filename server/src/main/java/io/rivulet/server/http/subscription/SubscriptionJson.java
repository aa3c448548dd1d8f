package io.rivulet.server.http.subscription;

import io.rivulet.engine.subscription.LinkedStream;
import io.rivulet.engine.subscription.StreamAck;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.StreamPattern;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.SubscriptionView;
import io.rivulet.engine.subscription.WakeBy;
import io.rivulet.server.http.stream.StreamAddress;
import io.rivulet.server.http.stream.StreamOffset;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. Subscriptions as the protocol writes them. What is wrong is an
 * IllegalArgumentException.
 */
record SubscriptionJson(String defaultTopic) {
  private static final Duration LEASE_TTL = Duration.ofSeconds(30);

  // ---- reading

  static JsonObject object(byte[] body) {
    try {
      return body.length == 0
          ? new JsonObject()
          : new JsonObject(new String(body, StandardCharsets.UTF_8));
    } catch (DecodeException | ClassCastException e) {
      throw new IllegalArgumentException("the body is a JSON object", e);
    }
  }

  static @Nullable String text(JsonObject from, String field) {
    Object value = from.getValue(field);
    if (value != null && !(value instanceof String)) {
      throw new IllegalArgumentException(field + " is a string");
    }
    return (String) value;
  }

  /** A text that must be there. */
  static String needed(JsonObject from, String field) {
    String value = text(from, field);
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException(field + " is missing: a string that is not empty");
    }
    return value;
  }

  SubscriptionDefinition definition(JsonObject wanted) {
    String type = needed(wanted, "type");
    WakeBy wakeBy =
        switch (type) {
          case "webhook" -> {
            if (!(wanted.getValue("webhook") instanceof JsonObject webhook)) {
              throw new IllegalArgumentException("a webhook subscription has webhook.url");
            }
            yield new WakeBy.Webhook(needed(webhook, "url"));
          }
          case "pull-wake" -> new WakeBy.PullWake(path(needed(wanted, "wake_stream")));
          default ->
              throw new IllegalArgumentException(
                  "type is 'webhook' or 'pull-wake', not '" + type + "'");
        };
    String pattern = text(wanted, "pattern");
    return new SubscriptionDefinition(
        wakeBy,
        pattern == null || pattern.isEmpty() ? Optional.empty() : Optional.of(pattern(pattern)),
        wanted.containsKey("streams") ? streams(wanted) : List.of(),
        leaseTtl(wanted.getValue("lease_ttl_ms")),
        Optional.ofNullable(text(wanted, "description")).orElse(""));
  }

  private static Duration leaseTtl(@Nullable Object millis) {
    if (millis == null) {
      return LEASE_TTL;
    }
    if (!(millis instanceof Integer whole)
        || whole < SubscriptionDefinition.MIN_LEASE_TTL.toMillis()
        || whole > SubscriptionDefinition.MAX_LEASE_TTL.toMillis()) {
      throw new IllegalArgumentException("lease_ttl_ms is a whole number from 1000 to 600000");
    }
    return Duration.ofMillis(whole);
  }

  /** The first of several segments is the parent topic, as in the path of a stream. */
  private StreamPattern pattern(String text) {
    String clean = text.startsWith("/") ? text.substring(1) : text;
    int slash = clean.indexOf('/');
    String topic = slash < 0 ? defaultTopic : clean.substring(0, slash);
    String glob = slash < 0 ? clean : clean.substring(slash + 1);
    if (topic.indexOf('*') >= 0 || (slash < 0 && glob.equals("**"))) {
      throw new IllegalArgumentException(
          "the pattern '" + text + "' begins with the name of a parent topic, such as chat/**");
    }
    return new StreamPattern(topic, glob);
  }

  /** Each once. */
  List<StreamPath> streams(JsonObject from) {
    if (!(from.getValue("streams") instanceof JsonArray array)) {
      throw new IllegalArgumentException("streams is an array of paths");
    }
    Set<StreamPath> paths = new LinkedHashSet<>();
    for (Object each : array) {
      if (!(each instanceof String text) || text.isEmpty()) {
        throw new IllegalArgumentException("streams is an array of paths, not of " + each);
      }
      paths.add(path(text));
    }
    return List.copyOf(paths);
  }

  StreamPath path(String text) {
    String clean = text.startsWith("/") ? text.substring(1) : text;
    String encoded =
        URLEncoder.encode(clean, StandardCharsets.UTF_8).replace("%2F", "/").replace("+", "%20");
    StreamAddress address = StreamAddress.of(encoded, defaultTopic);
    return new StreamPath(address.topic(), address.liteTopic());
  }

  List<StreamAck> acks(JsonObject from) {
    Object found = from.getValue("acks");
    if (found == null) {
      return List.of();
    }
    if (!(found instanceof JsonArray array)) {
      throw new IllegalArgumentException("acks is an array of {\"stream\", \"offset\"}");
    }
    List<StreamAck> acks = new ArrayList<>();
    for (Object each : array) {
      if (!(each instanceof JsonObject ack)) {
        throw new IllegalArgumentException("acks is an array of {\"stream\", \"offset\"}");
      }
      String path = ack.containsKey("path") ? needed(ack, "path") : needed(ack, "stream");
      acks.add(new StreamAck(path(path), StreamOffset.number(needed(ack, "offset"))));
    }
    return acks;
  }

  // ---- writing

  String pathOf(StreamPath path) {
    return new StreamAddress(path.topic(), path.liteTopic()).path(defaultTopic);
  }

  JsonArray streams(List<LinkedStream> streams) {
    JsonArray all = new JsonArray();
    for (LinkedStream each : streams) {
      all.add(
          new JsonObject()
              .put("path", pathOf(each.path()))
              .put("link_type", each.isExplicit() ? "explicit" : "glob")
              .put("acked_offset", StreamOffset.text(each.ackedOffset()))
              .put("tail_offset", StreamOffset.text(each.tailOffset()))
              .put("has_pending", each.hasPending()));
    }
    return all;
  }

  /**
   * A whole subscription.
   *
   * @param signing how requests to its webhook are signed
   */
  JsonObject of(SubscriptionView view, JsonObject signing) {
    SubscriptionDefinition definition = view.definition();
    JsonObject json =
        new JsonObject()
            .put("id", view.name())
            .put("subscription_id", view.name())
            .put("pattern", definition.pattern().map(this::text).orElse(null))
            .put("streams", streams(view.streams()))
            .put("has_more_streams", view.hasMoreStreams())
            .put("lease_ttl_ms", definition.leaseTtl().toMillis())
            .put("created_at", instant(view.createdAt()))
            .put("status", view.isFailing() ? "failed" : "active")
            .put("description", definition.description());
    return switch (definition.wakeBy()) {
      case WakeBy.Webhook(String url) ->
          json.put("type", "webhook")
              .put("webhook", new JsonObject().put("url", url).put("signing", signing));
      case WakeBy.PullWake(StreamPath wakeStream) ->
          json.put("type", "pull-wake").put("wake_stream", pathOf(wakeStream));
    };
  }

  private String text(StreamPattern pattern) {
    boolean isShort = pattern.topic().equals(defaultTopic) && pattern.glob().indexOf('/') < 0;
    return isShort ? pattern.glob() : pattern.topic() + "/" + pattern.glob();
  }

  private static String instant(Instant at) {
    return at.truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
