package io.rivulet.bench.compatibility;

/** Immutable. Where a client connects. */
record Target(String endpoint, boolean tls) {
  Target overTls() {
    return new Target(endpoint, true);
  }
}
