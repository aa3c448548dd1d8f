package io.rivulet.server.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Immutable. What the server proves its name with.
 *
 * @param certificate PEM file with the certificate and those above it; empty: self-signed
 * @param key PEM file with its private key (PKCS #8, not encrypted)
 */
public record TlsConfig(Optional<Path> certificate, Optional<Path> key) {
  static final Setting<Optional<Path>> CERTIFICATE =
      new Setting<>(
          "tls.certificate",
          new ValueType.Perhaps<>(new ValueType.FilePath()),
          Optional.empty(),
          "PEM file with the server's certificate chain. Without one the server makes a self-signed"
              + " certificate on its first start, which clients that verify will refuse.");
  static final Setting<Optional<Path>> KEY =
      new Setting<>(
          "tls.key",
          new ValueType.Perhaps<>(new ValueType.FilePath()),
          Optional.empty(),
          "PEM file with the private key of tls.certificate (PKCS #8, not encrypted). Set both or"
              + " neither.");

  static final List<Setting<?>> SETTINGS = List.of(CERTIFICATE, KEY);

  static TlsConfig from(SettingValues values) throws ConfigException {
    TlsConfig config = new TlsConfig(values.get(CERTIFICATE), values.get(KEY));
    if (config.certificate().isPresent() != config.key().isPresent()) {
      throw new ConfigException(
          "tls.certificate and tls.key go together: set both, or neither for a self-signed"
              + " certificate");
    }
    return config;
  }
}
