package io.rivulet.server.rest;

import io.rivulet.server.RivuletServer;
import io.rivulet.server.config.ServerConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A started server, and requests to it. */
@Timeout(60)
abstract class RestServer {
  static final String JSON = "application/json";
  static final String TEXT = "text/plain";

  @TempDir Path folder;
  RivuletServer server;
  final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeEach
  void start() throws Exception {
    server = RivuletServer.start(ServerConfig.embedded(folder, Map.of()));
  }

  void restart(Map<String, String> settings) throws Exception {
    server.close();
    server = RivuletServer.start(ServerConfig.embedded(folder, settings));
  }

  @AfterEach
  void stop() {
    server.close();
    http.close();
  }

  HttpRequest.Builder request(String method, String path, String body) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.httpPort() + path))
        .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
  }

  HttpResponse<String> call(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  HttpResponse<String> call(String method, String path, String json) throws Exception {
    return call(request(method, path, json).header("Content-Type", JSON));
  }

  CompletableFuture<HttpResponse<String>> later(String method, String path, String json) {
    return http.sendAsync(
        request(method, path, json).header("Content-Type", JSON).build(),
        BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  HttpResponse<String> post(String path, String json) throws Exception {
    return call("POST", path, json.replace('\'', '"'));
  }

  HttpResponse<String> put(String path, String json) throws Exception {
    return call("PUT", path, json.replace('\'', '"'));
  }

  HttpResponse<String> get(String path) throws Exception {
    return call(request("GET", path, ""));
  }

  HttpResponse<String> delete(String path) throws Exception {
    return call(request("DELETE", path, ""));
  }

  static JsonNode json(HttpResponse<String> answer) {
    return JsonMapper.shared().readTree(answer.body());
  }
}
