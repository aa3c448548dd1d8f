package io.rivulet.server.config;

import io.rivulet.server.security.TlsConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Immutable. The settings of TLS. */
final class TlsSettings {
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

  private TlsSettings() {}

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
