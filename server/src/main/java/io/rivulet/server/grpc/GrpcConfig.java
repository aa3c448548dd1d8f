package io.rivulet.server.grpc;

import io.rivulet.server.network.HostPort;
import java.time.Duration;

/**
 * Immutable. The port that messages go through.
 *
 * @param address where to listen
 * @param threads threads that serve connections; 0: one per processor, at least two
 * @param inflightBytes request bytes held at the same time before callers are told to wait
 * @param replyBytes bytes of large replies in memory at the same time before the next one waits
 * @param replyTimeout how long the network may take to take a large reply before it is broken off
 * @param maxCallsPerConnection calls that one connection may have open
 */
public record GrpcConfig(
    HostPort address,
    int threads,
    long inflightBytes,
    long replyBytes,
    Duration replyTimeout,
    int maxCallsPerConnection) {}
