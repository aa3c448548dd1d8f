package io.rivulet.server.http.stream;

import io.rivulet.server.http.feed.PageSize;
import java.time.Duration;

/**
 * Immutable. How streams are served.
 *
 * @param defaultTopic the parent of streams whose path is one name only
 * @param longPollTime how long a read waits at the end of a stream
 * @param sseTime how long a reader of events is served before it is to come again, so that caches
 *     may bundle readers
 * @param eventPages what a reader of events gets at once
 * @param maxBodyBytes of one request
 * @param maxMessages in one answer
 */
public record StreamConfig(
    String defaultTopic,
    Duration longPollTime,
    Duration sseTime,
    PageSize eventPages,
    int maxBodyBytes,
    int maxMessages) {}
