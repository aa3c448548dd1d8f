package io.rivulet.server.cli;

import io.rivulet.client.ClientConfig;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.Security;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Owned by the main thread. The options that say which server, for every command that asks one. */
public final class Connection {
  private static final Duration REQUEST_TIME = Duration.ofSeconds(30);

  @Option(
      names = "--endpoint",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:RIVULET_ENDPOINT:-127.0.0.1:8081}",
      description = "The server. Default: RIVULET_ENDPOINT, else 127.0.0.1:8081")
  private String endpoint = "127.0.0.1:8081";

  @Option(
      names = "--tls",
      description = "Use TLS and verify the server's certificate by the JVM's authorities.")
  private boolean tls;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      description = "Use TLS and trust this PEM certificate or what it has signed.")
  private @Nullable Path certificate;

  @Option(
      names = "--tls-unverified",
      description = "Use TLS without verifying the server's certificate.")
  private boolean unverified;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  /** A client of the server; it connects with its first request. */
  public RivuletClient open() {
    try {
      return RivuletClient.connect(
          ClientConfig.of(endpoint).withSecurity(security()).withRequestTime(REQUEST_TIME));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          Objects.requireNonNull(command).commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  public String endpoint() {
    return endpoint;
  }

  private Security security() {
    if (certificate != null) {
      return new Security.TlsTrusting(certificate);
    }
    if (unverified) {
      return new Security.TlsUnverified();
    }
    return tls ? new Security.Tls() : new Security.Plaintext();
  }
}
