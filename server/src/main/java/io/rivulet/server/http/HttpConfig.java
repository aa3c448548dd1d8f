package io.rivulet.server.http;

import io.rivulet.server.network.HostPort;
import java.time.Duration;

/**
 * Immutable. The HTTP port.
 *
 * @param address where to listen
 * @param cors which pages may talk to it from a browser
 * @param streamTopic the parent of streams whose path is one name only
 * @param longPollTime how long a read waits at the end of a stream
 * @param sseTime how long a reader of events is served before it is to come again
 */
public record HttpConfig(
    HostPort address, Cors cors, String streamTopic, Duration longPollTime, Duration sseTime) {}
