package io.rivulet.server.rest;

import io.rivulet.server.token.Action;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. One thing that can be done over REST: a row of {@link Operations}, by which requests
 * are routed and the OpenAPI document is written.
 *
 * @param id its name in generated clients
 * @param action what the caller must be allowed to do; null: the handler asks that itself
 * @param body what it takes; NONE if nothing
 */
record Operation(
    String id,
    String method,
    PathTemplate path,
    String summary,
    @Nullable Action action,
    List<Param> params,
    BodyKind body,
    List<Answer> answers,
    Consumer<RestCall> handler) {

  /**
   * Immutable. Something that stands in the query or a header.
   *
   * @param in query or header
   * @param type as in JSON Schema
   */
  record Param(String name, String in, String type, String description) {}

  /**
   * Immutable. What may be answered when all is well.
   *
   * @param type a record, or {@code Void} if there is no body
   */
  record Answer(int status, String description, Class<?> type) {}

  /**
   * Immutable. What the body of a request may be.
   *
   * @param types records, any of which it may be
   * @param isMessage it may as well be the bytes of a message, or CloudEvents
   */
  record BodyKind(List<Class<?>> types, boolean isMessage, boolean isRequired) {
    static final BodyKind NONE = new BodyKind(List.of(), false, false);
  }

  static Operation of(
      String method, String path, String id, @Nullable Action action, Consumer<RestCall> handler) {
    return new Operation(
        id,
        method,
        PathTemplate.of(path),
        "",
        action,
        List.of(),
        BodyKind.NONE,
        List.of(),
        handler);
  }

  Operation summary(String text) {
    return new Operation(id, method, path, text, action, params, body, answers, handler);
  }

  Operation query(String name, String type, String description) {
    return param(new Param(name, "query", type, description));
  }

  Operation params(List<Param> more) {
    Operation all = this;
    for (Param each : more) {
      all = all.param(each);
    }
    return all;
  }

  private Operation param(Param param) {
    List<Param> more = new ArrayList<>(params);
    more.add(param);
    return new Operation(
        id, method, path, summary, action, List.copyOf(more), body, answers, handler);
  }

  Operation takes(Class<?>... types) {
    return takes(new BodyKind(List.of(types), false, true));
  }

  Operation mayTake(Class<?> type) {
    return takes(new BodyKind(List.of(type), false, false));
  }

  Operation takes(BodyKind kind) {
    return new Operation(id, method, path, summary, action, params, kind, answers, handler);
  }

  Operation answers(int status, String description, Class<?> type) {
    List<Answer> more = new ArrayList<>(answers);
    more.add(new Answer(status, description, type));
    return new Operation(
        id, method, path, summary, action, params, body, List.copyOf(more), handler);
  }

  /** What the caller must be allowed to act on, by what stands in the path. */
  String resource(Map<String, String> inPath) {
    return switch (Objects.requireNonNull(action)) {
      case READ, WRITE -> {
        String topic = inPath.getOrDefault("topic", "");
        String lite = inPath.get("lite");
        yield lite == null ? topic : topic + "/" + lite;
      }
      case CONSUME -> inPath.getOrDefault("group", "");
      case ADMIN -> "";
    };
  }
}
