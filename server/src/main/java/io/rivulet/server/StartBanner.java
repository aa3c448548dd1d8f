package io.rivulet.server;

import io.rivulet.server.config.ServerConfig;
import io.rivulet.server.network.HostPort;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Immutable. What a person wants to know who has just started a server: what listens where, what an
 * acknowledgement is worth, where the data is, who may connect.
 */
record StartBanner(
    ServerConfig config, Path folder, int grpcPort, int httpPort, boolean isSelfSigned) {
  private static final Logger LOG = LoggerFactory.getLogger("io.rivulet.server.Rivulet");

  void log(Duration startTime) {
    HostPort grpc = config.grpc().address().withPort(grpcPort);
    HostPort http = config.http().address().withPort(httpPort);
    BuildInfo build = BuildInfo.current();
    LOG.info("Rivulet {} on Java {}", build.version(), build.java());
    LOG.info(
        "grpc  {}  RocketMQ 5 clients and rivulet.v1, with TLS ({}) or without",
        grpc,
        isSelfSigned ? "self-signed certificate" : "your certificate");
    LOG.info("http  {}  /v1/stream, /v1/topics, /health/live, /health/ready, /metrics", http);
    LOG.info("data  {}  {}", folder, Storage.durabilityInWords(config));
    logSecurity(grpc, http);
    LOG.info("ready in {} ms", startTime.toMillis());
  }

  private void logSecurity(HostPort grpc, HostPort http) {
    boolean areTokensRequired = config.http().tokens().isRequired();
    if (areTokensRequired) {
      LOG.info("http needs tokens ('rivulet token create'); health and metrics need none");
    }
    if (!grpc.isLoopback()) {
      warnOfOpen(grpc);
    } else if (!http.isLoopback() && !areTokensRequired) {
      warnOfOpen(http);
    } else if (!areTokensRequired) {
      LOG.info("security is off: only programs on this machine can connect");
    }
  }

  private static void warnOfOpen(HostPort address) {
    LOG.warn(
        "security is off: everybody who reaches {} can read, write and delete; keep it in a"
            + " network that you trust",
        address);
  }
}
