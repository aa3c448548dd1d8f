/** gRPC, HTTP, configuration, security, telemetry, CLI, Main: the only place that wires. */
@NullMarked
package io.rivulet.server;

import org.jspecify.annotations.NullMarked;
