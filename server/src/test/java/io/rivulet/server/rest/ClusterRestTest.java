package io.rivulet.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a server of its own says to who takes it for a node of a cluster. */
final class ClusterRestTest extends RestServer {

  @Test
  void aServerOfItsOwnHasNoClusterAndSaysSo() throws Exception {
    for (HttpResponse<String> answer :
        List.of(
            get("/v1/cluster"),
            post("/v1/cluster/nodes/a/drain", ""),
            post("/v1/cluster/nodes/a/undrain", ""))) {
      assertThat(answer.statusCode()).isEqualTo(501);
      assertThat(answer.headers().firstValue("content-type")).contains("application/problem+json");
      assertThat(json(answer).get("title").asString()).isEqualTo("no cluster");
      assertThat(json(answer).get("detail").asString()).contains("rivulet server --cluster");
    }
  }

  @Test
  void itHasStartedAndIsReady() throws Exception {
    assertThat(get("/health/startup").body()).isEqualTo("started\n");
    assertThat(get("/health/ready").body()).isEqualTo("ready\n");
  }
}
