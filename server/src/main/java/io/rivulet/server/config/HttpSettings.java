package io.rivulet.server.config;

import io.rivulet.server.http.HttpConfig;
import io.rivulet.server.network.HostPort;
import java.util.List;

/** Immutable. The settings of the HTTP port. */
final class HttpSettings {
  static final Setting<HostPort> ADDRESS =
      new Setting<>(
          "http.address",
          new ValueType.Address(),
          new HostPort("127.0.0.1", 8080),
          "Where health and metrics are served. Change the host to 0.0.0.0 for probes and scrapers"
              + " on other machines.");

  static final List<Setting<?>> SETTINGS = List.of(ADDRESS);

  private HttpSettings() {}

  static HttpConfig from(SettingValues values) {
    return new HttpConfig(values.get(ADDRESS));
  }
}
