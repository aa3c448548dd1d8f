package io.rivulet.server.rest;

import io.rivulet.server.token.Action;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Immutable. The OpenAPI 3.1 document of a table of operations. */
final class OpenApi {
  private static final String JSON = RestCall.JSON;

  private OpenApi() {}

  static byte[] document(List<Operation> operations, String version) {
    Schemas schemas = new Schemas();
    Map<String, Map<String, Object>> paths = new LinkedHashMap<>();
    for (Operation each : operations) {
      Map<String, Object> path =
          paths.computeIfAbsent(each.path().text(), _ -> new LinkedHashMap<>());
      path.put(each.method().toLowerCase(java.util.Locale.ROOT), operation(each, schemas));
    }
    Map<String, Object> problem =
        Map.of(
            "description",
            "why it was not done (RFC 9457)",
            "content",
            Map.of(
                "application/problem+json",
                Map.of("schema", schemas.reference(Shapes.ProblemBody.class))));
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("openapi", "3.1.0");
    document.put(
        "info",
        Map.of(
            "title",
            "Rivulet",
            "version",
            version,
            "description",
            "Messages, topics and groups over HTTP. Sessions are also read as Durable Streams"
                + " (/v1/stream) and as server-sent events.",
            "license",
            Map.of("name", "Apache License 2.0", "identifier", "Apache-2.0")));
    document.put("paths", paths);
    document.put(
        "components",
        Map.of("schemas", schemas.components(), "responses", Map.of("Problem", problem)));
    return Json.write(document);
  }

  private static Map<String, Object> operation(Operation operation, Schemas schemas) {
    Map<String, Object> written = new LinkedHashMap<>();
    written.put("operationId", operation.id());
    written.put("summary", operation.summary());
    written.put("tags", List.of(tag(operation)));
    List<Object> parameters = new ArrayList<>();
    for (String name : operation.path().names()) {
      Map<String, Object> parameter = new LinkedHashMap<>();
      parameter.put("name", name);
      parameter.put("in", "path");
      parameter.put("required", true);
      parameter.put("schema", Map.of("type", "string"));
      parameters.add(parameter);
    }
    for (Operation.Param each : operation.params()) {
      Map<String, Object> parameter = new LinkedHashMap<>();
      parameter.put("name", each.name());
      parameter.put("in", each.in());
      parameter.put("description", each.description());
      parameter.put("schema", Map.of("type", each.type()));
      parameters.add(parameter);
    }
    if (operation.body().isMessage()) {
      parameters.addAll(headers());
    }
    if (!parameters.isEmpty()) {
      written.put("parameters", parameters);
    }
    if (!operation.body().types().isEmpty()) {
      written.put("requestBody", body(operation.body(), schemas));
    }
    written.put("responses", responses(operation, schemas));
    return written;
  }

  private static String tag(Operation operation) {
    return operation.action() == Action.CONSUME
        ? "consume"
        : operation.action() == Action.ADMIN ? "admin" : "messages";
  }

  /** What is said of a message whose body is the body of the request. */
  private static List<Object> headers() {
    List<Object> headers = new ArrayList<>();
    for (String name : MessageDrafts.HEADERS) {
      headers.add(
          Map.of(
              "name",
              name,
              "in",
              "header",
              "description",
              "of a message that is the body itself",
              "schema",
              Map.of("type", "string")));
    }
    return headers;
  }

  private static Map<String, Object> body(Operation.BodyKind kind, Schemas schemas) {
    List<Map<String, Object>> types = kind.types().stream().map(schemas::reference).toList();
    Map<String, Object> content = new LinkedHashMap<>();
    content.put(
        JSON, Map.of("schema", types.size() == 1 ? types.getFirst() : Map.of("anyOf", types)));
    if (kind.isMessage()) {
      Map<String, Object> event = Map.of("type", "object");
      content.put(CloudEvent.STRUCTURED, Map.of("schema", event));
      if (types.size() > 1) {
        content.put(CloudEvent.BATCH, Map.of("schema", Map.of("type", "array", "items", event)));
      }
      content.put("*/*", Map.of());
    }
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("required", kind.isRequired());
    body.put("content", content);
    return body;
  }

  private static Map<String, Object> responses(Operation operation, Schemas schemas) {
    Map<Integer, List<Operation.Answer>> byStatus = new LinkedHashMap<>();
    operation
        .answers()
        .forEach(each -> byStatus.computeIfAbsent(each.status(), _ -> new ArrayList<>()).add(each));
    Map<String, Object> responses = new LinkedHashMap<>();
    byStatus.forEach((status, answers) -> {
      Map<String, Object> response = new LinkedHashMap<>();
      response.put(
          "description",
          String.join("; or: ", answers.stream().map(Operation.Answer::description).toList()));
      List<Map<String, Object>> types =
          answers.stream()
              .filter(each -> each.type() != Void.class)
              .map(each -> schemas.reference(each.type()))
              .toList();
      if (!types.isEmpty()) {
        Object schema = types.size() == 1 ? types.getFirst() : Map.of("anyOf", types);
        response.put("content", Map.of(JSON, Map.of("schema", schema)));
      }
      responses.put(Integer.toString(status), response);
    });
    responses.put("default", Map.of("$ref", "#/components/responses/Problem"));
    return responses;
  }
}
