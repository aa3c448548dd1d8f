package io.rivulet.server.rest;

import io.rivulet.cluster.status.ClusterControl;
import io.rivulet.engine.Engine;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.http.Caller;
import io.rivulet.server.http.Cors;
import io.rivulet.server.http.HttpRoom;
import io.rivulet.server.http.Problem;
import io.rivulet.server.http.Surroundings;
import io.rivulet.server.network.RequestBudget;
import io.rivulet.server.token.Tokens;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Executor;

/** Safe for all threads: immutable. REST: the operations of {@link Operations}. */
public final class RestRoom implements HttpRoom {
  private static final String PREFIX = "/v1/";
  private static final String DOCUMENT = "/openapi.json";
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final String EXPOSED = "Location, Link, Retry-After";
  private static final String ALLOWED_HEADERS =
      "Authorization, Content-Type, Ce-Id, Ce-Source, Ce-Type, Ce-Specversion, Ce-Subject, Ce-Time, "
          + String.join(", ", MessageDrafts.HEADERS);

  private final Engine engine;
  private final List<Operation> operations;
  private final byte[] document;
  private final RestConfig config;
  private final Cors cors;
  private final RequestBudget budget;

  /**
   * Makes the room.
   *
   * @param version of the server, for the document
   * @param around what it has in common with other rooms
   * @param background for what waits for the disk
   * @param cluster that this server is a node of, if it is
   */
  public RestRoom(
      Engine engine,
      Clock clock,
      RestConfig config,
      Surroundings around,
      Executor background,
      Tokens tokens,
      Optional<ClusterControl> cluster,
      String version) {
    this.engine = engine;
    operations = Operations.of(engine, clock, config, around, background, tokens, cluster);
    document = OpenApi.document(operations, version);
    this.config = config;
    cors = around.cors();
    budget = around.requests();
  }

  @Override
  public boolean owns(String path) {
    return path.startsWith(PREFIX) || path.equals(DOCUMENT);
  }

  @Override
  public void handle(HttpServerRequest request, Caller caller) {
    String path = Objects.requireNonNullElse(request.path(), "");
    Map<String, Operation> byMethod = new LinkedHashMap<>();
    Map<String, String> inPath = Map.of();
    for (Operation each : operations) {
      Optional<Map<String, String>> values = each.path().match(path);
      if (values.isPresent()) {
        byMethod.put(each.method(), each);
        if (each.method().equals("GET")) {
          byMethod.put("HEAD", each); // the connection leaves the body out
        }
        inPath = values.get();
      }
    }
    Cors pages = cors.of(Optional.ofNullable(inPath.get("topic")).flatMap(engine::topic));
    if (!pages.allow(request, EXPOSED)) {
      pages.refusal(request).send(request.response());
      return;
    }
    if (path.equals(DOCUMENT)) {
      answerDocument(request);
      return;
    }
    String methods = String.join(", ", byMethod.keySet()) + ", OPTIONS";
    Operation operation = byMethod.get(request.method().name());
    if (byMethod.isEmpty()) {
      new Problem(
              NOT_FOUND, "not found", "there is no " + path + "; /openapi.json says what there is")
          .send(request.response());
    } else if (request.method().name().equals("OPTIONS")) {
      Cors.preflight(request, methods, ALLOWED_HEADERS);
    } else if (operation == null) {
      request.response().putHeader("allow", methods);
      new Problem(METHOD_NOT_ALLOWED, "method not allowed", path + " takes " + methods)
          .send(request.response());
    } else {
      run(operation, new RestCall(request, caller, inPath, config, budget), inPath);
    }
  }

  private static void run(Operation operation, RestCall call, Map<String, String> inPath) {
    call.run(() -> {
      if (operation.action() != null
          && !call.mayOrRefuse(operation.action(), operation.resource(inPath))) {
        return;
      }
      checkQuery(operation, call);
      operation.handler().accept(call);
    });
  }

  /** What is misspelt would be passed over quietly. */
  private static void checkQuery(Operation operation, RestCall call) {
    TreeSet<String> known = new TreeSet<>();
    operation.params().forEach(each -> known.add(each.name()));
    for (String name : call.request.params().names()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "there is no '%s' in the query; allowed: %s"
                .formatted(name, known.isEmpty() ? "nothing" : String.join(", ", known)));
      }
    }
  }

  private void answerDocument(HttpServerRequest request) {
    switch (request.method().name()) {
      case "GET", "HEAD" ->
          request.response().putHeader("content-type", RestCall.JSON).end(Buffer.buffer(document));
      case "OPTIONS" -> Cors.preflight(request, "GET, HEAD, OPTIONS", ALLOWED_HEADERS);
      default -> {
        request.response().putHeader("allow", "GET, HEAD, OPTIONS");
        new Problem(METHOD_NOT_ALLOWED, "method not allowed", "the document is read with GET")
            .send(request.response());
      }
    }
  }

  @Override
  public void drain() {
    // What waits is cancelled when its connection closes, and leases are given back.
  }
}
