package io.rivulet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.rivulet.server.config.ServerConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RivuletServerTest {
  @TempDir private Path folder;

  @Test
  void aStartedServerIsLiveReadyAndServing() throws Exception {
    try (RivuletServer server = RivuletServer.start(config(Map.of()))) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort()).usePlaintext().build();

      assertThat(get(server, "/health/live").statusCode()).isEqualTo(200);
      assertThat(get(server, "/health/ready").statusCode()).isEqualTo(200);
      assertThat(
              HealthGrpc.newBlockingStub(channel)
                  .check(HealthCheckRequest.getDefaultInstance())
                  .getStatus())
          .isEqualTo(ServingStatus.SERVING);

      channel.shutdownNow();
    }
  }

  @Test
  void metricsAreThereSoonAfterTheStart() throws Exception {
    try (RivuletServer server = RivuletServer.start(config(Map.of()))) {
      Awaitility.await()
          .untilAsserted(() ->
              assertThat(get(server, "/metrics").body())
                  .contains("rivulet_log_end_position")
                  .contains("jvm_memory_used_bytes"));
    }
  }

  @Test
  void theSameFolderStartsAgainAfterAStop() throws Exception {
    RivuletServer.start(config(Map.of())).close();

    try (RivuletServer again = RivuletServer.start(config(Map.of()))) {
      assertThat(again.grpcPort()).isPositive();
    }
  }

  @Test
  void aFolderInUseIsRefused() throws Exception {
    try (RivuletServer first = RivuletServer.start(config(Map.of()))) {
      assertThat(first.grpcPort()).isPositive();
      assertThatThrownBy(() -> RivuletServer.start(config(Map.of())))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("in use by another server")
          .extracting(e -> ((StartException) e).exitCode())
          .isEqualTo(ExitCode.DATA);
    }
  }

  @Test
  void aPortInUseIsRefusedAndNothingStaysOpen() throws Exception {
    try (RivuletServer first = RivuletServer.start(config(Map.of()))) {
      ServerConfig same =
          ServerConfig.embedded(
              folder.resolve("second"), Map.of("grpc.address", "127.0.0.1:" + first.grpcPort()));

      assertThatThrownBy(() -> RivuletServer.start(same))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("grpc.address")
          .hasMessageContaining("in use");
    }

    RivuletServer.start(ServerConfig.embedded(folder.resolve("second"), Map.of())).close();
  }

  private ServerConfig config(Map<String, String> settings) throws Exception {
    return ServerConfig.embedded(folder.resolve("data"), settings);
  }

  private static HttpResponse<String> get(RivuletServer server, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.httpPort() + path);
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }
  }
}
