package io.rivulet.client;

import java.nio.file.Path;

/** Immutable. How the connection is protected. */
public sealed interface Security {
  /** Not at all. */
  record Plaintext() implements Security {}

  /** TLS; the server's certificate must be signed by an authority that this JVM trusts. */
  record Tls() implements Security {}

  /**
   * TLS; the server's certificate must be this one or be signed by it.
   *
   * @param certificate a PEM file, such as the one that a server makes for itself
   */
  record TlsTrusting(Path certificate) implements Security {}

  /** TLS without a look at the certificate: protects against listeners, not against impostors. */
  record TlsUnverified() implements Security {}
}
