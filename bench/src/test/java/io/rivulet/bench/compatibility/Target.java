package io.rivulet.bench.compatibility;

/** Immutable. Where a client connects. */
public record Target(String endpoint, boolean tls) {
  public Target overTls() {
    return new Target(endpoint, true);
  }
}
