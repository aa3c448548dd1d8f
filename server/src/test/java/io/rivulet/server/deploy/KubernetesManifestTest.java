package io.rivulet.server.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.rivulet.cluster.node.ClusterConfig;
import io.rivulet.server.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** By the models that Kubernetes' own Java client is generated with from the API's schema. */
final class KubernetesManifestTest {
  private static final Path MANIFEST = Path.of("../deploy/kubernetes/rivulet.yaml");

  private static List<JsonNode> documents(String yaml) throws IOException {
    YAMLMapper mapper = new YAMLMapper();
    try (MappingIterator<JsonNode> all = mapper.readerFor(JsonNode.class).readValues(yaml)) {
      return all.readAll();
    }
  }

  private static void validate(JsonNode document) throws IOException {
    JsonElement element = JsonParser.parseString(document.toString());
    String kind = document.path("apiVersion").asString() + " " + document.path("kind").asString();
    switch (kind) {
      case "v1 Service" -> V1Service.validateJsonElement(element);
      case "policy/v1 PodDisruptionBudget" -> V1PodDisruptionBudget.validateJsonElement(element);
      case "apps/v1 StatefulSet" -> V1StatefulSet.validateJsonElement(element);
      default -> throw new IllegalArgumentException("nothing is known of " + kind);
    }
  }

  private static JsonNode statefulSet() throws IOException {
    return documents(Files.readString(MANIFEST)).stream()
        .filter(each -> each.path("kind").asString().equals("StatefulSet"))
        .findFirst()
        .orElseThrow();
  }

  private static Stream<JsonNode> elements(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  @Test
  void allIsWhatTheApiTakes() throws IOException {
    List<JsonNode> documents = documents(Files.readString(MANIFEST));
    assertThat(documents)
        .extracting(each -> each.path("kind").asString())
        .containsExactly("Service", "Service", "PodDisruptionBudget", "StatefulSet");
    for (JsonNode document : documents) {
      validate(document);
    }
  }

  @ParameterizedTest
  @CsvSource({"serviceName:, serviceNam:", "maxUnavailable:, unavailable:", "httpGet:, get:"})
  void whatItDoesNotTakeIsFound(String right, String wrong) throws IOException {
    List<JsonNode> documents = documents(Files.readString(MANIFEST).replace(right, wrong));
    assertThatThrownBy(
            () -> {
              for (JsonNode document : documents) {
                validate(document);
              }
            })
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theSettingsOfEachPodAreThoseOfANode() throws Exception {
    for (int pod = 0; pod < 4; pod++) {
      Map<String, String> environment = new HashMap<>();
      for (JsonNode each : container().path("env")) {
        if (each.has("value")) {
          environment.put(
              each.path("name").asString(),
              each.path("value").asString().replace("$(POD)", "rivulet-" + pod));
        }
      }
      ClusterConfig config =
          ServerConfig.from(ServerConfig.values(Optional.empty(), environment, Map.of()))
              .cluster()
              .orElseThrow();
      assertThat(config.self().name()).isEqualTo("rivulet-" + pod);
      assertThat(config.isFounder()).isEqualTo(pod < 3);
      assertThat(config.founders()).hasSize(3);
    }
  }

  @Test
  void theProbesAskWhatTheServerAnswers() throws IOException {
    for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      JsonNode get = container().path(probe).path("httpGet");
      assertThat(get.path("port").asString()).isEqualTo("http");
      assertThat(get.path("path").asString())
          .isIn("/health/startup", "/health/live", "/health/ready");
    }
  }

  @Test
  void theServicesLeadToPortsOfThePods() throws IOException {
    List<Integer> ports =
        elements(container().path("ports"))
            .map(each -> each.path("containerPort").asInt())
            .toList();
    for (JsonNode document : documents(Files.readString(MANIFEST))) {
      if (document.path("kind").asString().equals("Service")) {
        assertThat(elements(document.path("spec").path("ports")))
            .extracting(each -> each.path("port").asInt())
            .isSubsetOf(ports);
      }
    }
  }

  private static JsonNode container() throws IOException {
    return statefulSet().path("spec").path("template").path("spec").path("containers").path(0);
  }
}
