package io.rivulet.server.config;

import java.util.List;

/**
 * Immutable. The port for health and metrics.
 *
 * @param address where to listen
 */
public record HttpConfig(HostPort address) {
  static final Setting<HostPort> ADDRESS =
      new Setting<>(
          "http.address",
          new ValueType.Address(),
          new HostPort("127.0.0.1", 8080),
          "Where health and metrics are served. Change the host to 0.0.0.0 for probes and scrapers"
              + " on other machines.");

  static final List<Setting<?>> SETTINGS = List.of(ADDRESS);

  static HttpConfig from(SettingValues values) {
    return new HttpConfig(values.get(ADDRESS));
  }
}
