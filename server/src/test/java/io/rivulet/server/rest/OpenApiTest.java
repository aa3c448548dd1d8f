package io.rivulet.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.testkit.node.NodeFolder;
import java.io.File;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The document says what there is, and what it says is there. */
final class OpenApiTest extends RestServer {
  private static final NodeFolder NODE =
      new NodeFolder(Path.of("src", "test", "node"), "server", "the OpenAPI document");

  @Test
  void everyOperationOfTheDocumentIsThere() throws Exception {
    JsonNode document = json(get("/openapi.json"));
    assertThat(document.get("openapi").asString()).isEqualTo("3.1.0");

    Set<String> ids = new HashSet<>();
    for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
      for (Map.Entry<String, JsonNode> each : path.getValue().properties()) {
        String method = each.getKey().toUpperCase(Locale.ROOT);
        assertThat(ids.add(each.getValue().get("operationId").asString())).isTrue();
        assertThat(each.getValue().get("summary").asString()).isNotEmpty();
        assertThat(each.getValue().get("responses").size()).isGreaterThan(1);
        String real = path.getKey().replaceAll("[{][a-z]+[}]", "none");
        HttpResponse<String> answer = call(method, real, method.equals("GET") ? "" : "[]");
        assertThat(answer.body()).as(method + " " + real).doesNotContain("there is no /v1");
        assertThat(answer.statusCode()).as(method + " " + real).isNotIn(405, 500);
      }
    }
    assertThat(ids).hasSizeGreaterThan(25).contains("send", "receive", "request", "history");
  }

  @Test
  void theDocumentIsValid() throws Exception {
    File output = folder.resolve("openapi.out").toFile();
    ProcessBuilder program = NODE.program("vitest", "run", "openapi.test.js");
    program.environment().put("STREAMS_URL", "http://127.0.0.1:" + server.httpPort());
    Process process = program.redirectErrorStream(true).redirectOutput(output).start();
    try {
      assertThat(process.waitFor(50, TimeUnit.SECONDS)).as("the validator ends").isTrue();
    } finally {
      process.destroyForcibly();
    }

    assertThat(process.exitValue()).as(Files.readString(output.toPath())).isZero();
  }
}
