package io.rivulet.server.http;

import io.rivulet.server.network.HostPort;

/**
 * Immutable. The port for health and metrics.
 *
 * @param address where to listen
 */
public record HttpConfig(HostPort address) {}
